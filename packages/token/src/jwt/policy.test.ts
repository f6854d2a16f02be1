import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from '../lib/error.ts'
import { codeOf, ecKey, policyFor } from './forge.fixture.ts'
import type { Policy } from './policy.ts'
import { createSigner, type SignerOptions } from './signer.ts'
import { createLegacyVerifier, createVerifier } from './verifier.ts'

const made = (change: object) =>
  codeOf(() => createVerifier({ ...policyFor(ecKey), ...change } as Policy))

/** Returns the facts of a failure; its message names the member too. */
function factsOf(change: object, make: (policy: Policy) => unknown = createVerifier): unknown {
  try {
    make({ ...policyFor(ecKey), ...change })
    return 'none'
  } catch (error) {
    assert.ok(isCountersignError(error))
    assert.ok(error.message.includes(`: ${String(error.facts['member'])} must `))
    return error.facts
  }
}

test('a verifier needs issuer, audience, algorithms and keys, also from untyped code', () => {
  for (const member of ['issuer', 'audience', 'algorithms', 'keys'])
    assert.equal(made({ [member]: undefined }), 'policy_invalid', member)
})

test('[A1, D28] an unsafe member is rejected, such as none or an infinite leeway', () => {
  const rows = [
    { issuer: '' },
    { issuer: /x/ },
    { audience: '' },
    { audience: [] },
    { audience: ['a', ''] },
    { audience: 7 },
    { algorithms: [] },
    { algorithms: ['none'] },
    { algorithms: ['ES256', 'toString'] },
    { algorithms: 'ES256' },
    { keys: {} },
    { keys: 'secret' },
    { type: '' },
    { type: 'none or JWT' },
    { type: 'a/b/c' },
    { leeway: Number.NaN },
    { leeway: Number.POSITIVE_INFINITY },
    { leeway: -1 },
    { leeway: 301 },
    { leeway: '5' },
    { maxAge: Number.NaN },
    { maxAge: -1 },
    { maxLifetime: 0 },
    { maxLifetime: Number.POSITIVE_INFINITY },
    { maxLength: 0 },
    { maxLength: 1e9 },
  ]
  for (const row of rows) assert.equal(made(row), 'policy_invalid', JSON.stringify(row))
})

test('a value at its limit is allowed, and one beyond it names its member', () => {
  const bounds = {
    leeway: [0, 300],
    maxAge: [0, 31_536_000],
    maxLifetime: [1, 315_360_000],
    maxLength: [1, 65_536],
    cacheSize: [0, 10_000_000],
  } as const
  for (const [member, [least, most]] of Object.entries(bounds)) {
    for (const value of [least, most]) assert.equal(made({ [member]: value }), 'none', member)
    for (const value of [least - 1, most + 1])
      assert.deepEqual(factsOf({ [member]: value }), { member })
  }
  for (const member of ['issuer', 'audience', 'algorithms', 'keys', 'type'])
    assert.deepEqual(factsOf({ [member]: null }), { member })
  assert.deepEqual(factsOf({ issuer: '' }, createLegacyVerifier), { member: 'issuer' })
})

test('a policy is copied: changing its lists afterwards has no effect', () => {
  const audience = ['api']
  const verifier = createVerifier(policyFor(ecKey, { audience }))
  audience[0] = 'evil'
  const evil = createSigner({
    key: ecKey,
    issuer: 'https://issuer.example',
    lifetime: 60,
    clock: policyFor(ecKey).clock!,
  })
  assert.equal(
    codeOf(() => verifier.verify(evil.sign({ sub: 'ada', aud: 'evil' }))),
    'audience_wrong',
  )
})

const options: SignerOptions = { key: ecKey, issuer: 'https://issuer.example', lifetime: 60 }
const signer = (change: object) =>
  codeOf(() => createSigner({ ...options, ...change } as SignerOptions))

test('a signer needs a lifetime', () => {
  for (const lifetime of [undefined, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, '60', 86_401])
    assert.equal(signer({ lifetime }), 'signer_invalid')
  for (const issuer of [undefined, '', 7]) assert.equal(signer({ issuer }), 'signer_invalid')
  for (const key of [undefined, 'secret', {}]) assert.equal(signer({ key }), 'key_invalid')
})

test('claims that the signer sets are rejected as input', () => {
  for (const name of ['iss', 'iat', 'exp', 'jti']) {
    assert.equal(
      codeOf(() => createSigner(options).sign({ sub: 'a', aud: 'b', [name]: undefined } as never)),
      'claim_reserved',
    )
  }
})

test('a token without a subject or an audience is not signed', () => {
  const sign = (claims: object) => codeOf(() => createSigner(options).sign(claims as never))
  for (const sub of [undefined, '', 7, null])
    assert.equal(sign({ sub, aud: 'b' }), 'claims_unsignable')
  for (const aud of [undefined, '', [], [''], 7])
    assert.equal(sign({ sub: 'a', aud }), 'claims_unsignable')
})
