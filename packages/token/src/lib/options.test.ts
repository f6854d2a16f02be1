import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, ecKey, policyFor } from '../jwt/forge.fixture.ts'
import {
  createLegacyVerifier,
  createSigner,
  createVerifier,
  issuerKeySet,
  remoteKeySet,
} from '../index.ts'
import {
  createFetchStatusList,
  createStatusListSigner,
  createStatusListVerifier,
} from '../internal.ts'

const issuer = 'https://issuer.example'
const policy = policyFor(ecKey)
const { clock, algorithms, keys } = policy
const signing = { key: ecKey, issuer, lifetime: 60 }
const lists = { issuer, algorithms, keys, clock: clock! }

const made = {
  verifier: (more: object) => createVerifier({ ...policy, ...more }),
  'legacy verifier': (more: object) => createLegacyVerifier({ algorithms, keys, ...more }),
  signer: (more: object) => createSigner({ ...signing, ...more }),
  'signer of lists': (more: object) => createStatusListSigner({ key: ecKey, issuer, ...more }),
  'verifier of lists': (more: object) => createStatusListVerifier({ ...lists, ...more }),
  'remote key set': (more: object) => remoteKeySet(`${issuer}/jwks`, more),
  'key set of an issuer': (more: object) => issuerKeySet(issuer, more),
  'fetch of a list': (more: object) => createFetchStatusList(`${issuer}/1`, more),
}

type Row = readonly [what: keyof typeof made, slip: string, meant: string, code: string]
const rows: readonly Row[] = [
  ['verifier', 'maxLifetme', 'maxLifetime', 'policy_invalid'],
  ['verifier', 'audiance', 'audience', 'policy_invalid'],
  ['verifier', 'max_age', 'maxAge', 'policy_invalid'],
  ['verifier', 'tpye', 'type', 'policy_invalid'],
  ['legacy verifier', 'isuer', 'issuer', 'policy_invalid'],
  ['signer', 'lifeTime', 'lifetime', 'signer_invalid'],
  ['signer', 'typ', 'type', 'signer_invalid'],
  ['signer of lists', 'clocks', 'clock', 'signer_invalid'],
  ['verifier of lists', 'key', 'keys', 'policy_invalid'],
  ['remote key set', 'maxStail', 'maxStale', 'policy_invalid'],
  ['key set of an issuer', 'timeOut', 'timeout', 'policy_invalid'],
  ['fetch of a list', 'timout', 'timeout', 'policy_invalid'],
]

for (const [what, slip, meant, code] of rows) {
  test(`a ${what} with the unknown option ${slip} is rejected, and ${meant} is suggested`, () => {
    const make = made[what]
    assert.equal(
      codeOf(() => make({})),
      'none',
    )
    for (const value of [10, undefined])
      assert.throws(() => make({ [slip]: value }), {
        code,
        message: new RegExp(`: ${slip} is not an option; did you mean ${meant}\\?$`),
      })
  })
}

test('without a similar option, all options are listed', () => {
  assert.throws(() => made.signer({ audiense: 'api' }), {
    code: 'signer_invalid',
    message: /: audiense is not an option; the options are key, issuer, lifetime, type, clock$/,
  })
})

test('inherited names are not options', () => {
  for (const name of ['toString', 'constructor', 'hasOwnProperty'])
    assert.equal(
      codeOf(() => made.verifier({ [name]: 1 })),
      'policy_invalid',
      name,
    )
})
