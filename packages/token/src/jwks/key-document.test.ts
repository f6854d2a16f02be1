import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { exportPublicJwk, thumbprint } from '../jwk/export-key.ts'
import { generateKey } from '../jwk/key.ts'
import type { Algorithm } from '../jws/algorithms.ts'
import { codeOf, ecKey, forge, goodClaims, headerFor, policyFor } from '../jwt/forge.fixture.ts'
import { createVerifier } from '../jwt/verifier.ts'
import { throwawayKey } from '../testing.ts'
import { keysOf } from './key-document.ts'
import { localKeySet, type Jwks } from './key-set.ts'

interface Case {
  readonly case: string
  readonly right: string
  readonly jwks: Jwks
}
const cases = JSON.parse(
  readFileSync(new URL('../../../../vectors/key-sets.json', import.meta.url), 'utf8'),
) as readonly Case[]

/** The usable keys of each case, with the algorithms that a policy allows. */
const expected: Readonly<Record<string, readonly [found: string, allowed: readonly Algorithm[]]>> =
  {
    'RSA key without alg, policy allows RS256 alone': ['k1 RS256', ['RS256']],
    'RSA key without alg, policy allows RS256 and PS256': [
      'k1 PS256, k1 RS256',
      ['RS256', 'PS256'],
    ],
    'n with a leading zero octet': ['k1 RS256', ['RS256']],
    'n in plain base64 with padding': ['k1 RS256', ['RS256']],
    'one key three times: RS256, RS384, RS512 under one kid': [
      'k1 RS256, k1 RS384, k1 RS512',
      ['RS256', 'RS384', 'RS512'],
    ],
    'the very same member twice': ['k1 RS256', ['RS256']],
    'one kid for an RSA and an EC key': ['k1 ES256, k1 RS256', ['RS256', 'ES256']],
    'same kid and alg, other material, beside a good key': ['k2 ES256', ['RS256', 'ES256']],
  }

suite('[18.31] a published key set gives its keys', () => {
  for (const { case: name, right, jwks } of cases)
    test(name, () => {
      const [keys = '', allowed = []] = expected[name] ?? []
      const set = localKeySet(jwks)
      const pairs = ['k1', 'k2'].flatMap((kid) => allowed.map((alg) => ({ kid, alg })))
      const found = pairs.filter((one) => {
        const key = set.find(one, new Set(allowed))
        return key?.id === one.kid && key.algorithm === one.alg
      })
      assert.equal(
        found
          .map(({ kid, alg }) => `${kid} ${alg}`)
          .toSorted()
          .join(', '),
        keys,
        right,
      )
    })
})

const { x = '', y = '', ...ecJwk } = exportPublicJwk(ecKey)
const padZero = (text: string) =>
  Buffer.concat([Buffer.alloc(1), Buffer.from(text, 'base64url')]).toString('base64url')
const plain = (text: string) => Buffer.from(text, 'base64url').toString('base64')
const importing = (...members: readonly object[]) => keysOf({ keys: members })

test('[18.31] a lenient spelling gives the same key, with the same thumbprint', () => {
  for (const [one, two] of [
    [padZero(x), padZero(y)],
    [plain(x), plain(y)],
    [plain(padZero(x)), y],
  ]) {
    const [key] = importing({ ...ecJwk, x: one, y: two })
    assert.equal(key && thumbprint(key), thumbprint(ecKey))
  }
  for (const algorithm of ['RS256', 'EdDSA'] as const) {
    const key = throwawayKey(algorithm)
    const jwk = exportPublicJwk(key)
    const [again] = importing(
      Object.fromEntries(
        Object.entries(jwk).map(([name, value]) =>
          ['n', 'e', 'x'].includes(name) ? [name, plain(String(value))] : [name, value],
        ),
      ),
    )
    assert.equal(again && thumbprint(again), thumbprint(key))
  }
})

test('[18.31] a spelling that could change a key is skipped', () => {
  const okp = exportPublicJwk(throwawayKey('EdDSA'))
  for (const member of [
    { ...ecJwk, x: `${x.slice(0, 9)} ${x.slice(9)}`, y },
    { ...ecJwk, x: `${x}===`, y },
    { ...ecJwk, x: `${x.slice(0, -1)}_`, y }, // spare bits
    {
      ...ecJwk,
      x: Buffer.concat([Buffer.alloc(1, 1), Buffer.from(x, 'base64url')]).toString('base64url'),
      y,
    },
    { ...okp, x: padZero(okp.x ?? '') },
  ])
    assert.deepEqual(importing(member), [])
})

test('[18.31] a short coordinate is the same number with zeros before it', () => {
  const key = ecKeyWithShortX()
  const jwk = exportPublicJwk(key)
  const short = Buffer.from(jwk.x ?? '', 'base64url').subarray(1)
  const [again] = importing({ ...jwk, x: short.toString('base64url') })
  assert.equal(again && thumbprint(again), thumbprint(key))
})

/** One key in 256 has a coordinate that begins with a zero octet. */
function ecKeyWithShortX() {
  for (;;) {
    const key = generateKey('ES256')
    if (Buffer.from(exportPublicJwk(key).x ?? '', 'base64url')[0] === 0) return key
  }
}

test('[18.31] secrets and encryption keys in a set are skipped and cost no other key', () => {
  const secret = { kty: 'oct', alg: 'HS256', kid: 'x', k: 'c2VjcmV0' }
  const encryption = { ...exportPublicJwk(throwawayKey('RS256')), alg: 'RSA-OAEP', use: 'enc' }
  const keys = importing(secret, encryption, { ...ecJwk, x, y })
  assert.deepEqual(
    keys.map(({ id }) => id),
    [ecKey.id],
  )
})

test('[18.31] of a key with and without alg, the alg counts; two keys of one kid and no alg are skipped', () => {
  const { alg, ...jwk } = exportPublicJwk(throwawayKey('RS256'))
  const set = localKeySet({ keys: [jwk, { ...jwk, alg: alg ?? '' }] })
  const kid = String(jwk.kid)
  assert.equal(set.find({ alg: 'PS256', kid }, new Set(['PS256', 'RS256']))?.algorithm, 'RS256')
  const other = { ...exportPublicJwk(throwawayKey('PS256')), kid }
  assert.deepEqual(importing(jwk, other), [])
})

test('[18.31] a token of one of two keys under one kid passes, and of a third algorithm does not', () => {
  const rsa = exportPublicJwk(throwawayKey('RS256'))
  const keys = localKeySet({ keys: [rsa, { ...ecJwk, x, y, kid: String(rsa.kid) }] })
  const verifier = createVerifier(
    policyFor(ecKey, { keys, algorithms: ['ES256', 'RS256', 'EdDSA'] }),
  )
  const header = { ...headerFor(ecKey), kid: rsa.kid }
  assert.equal(verifier.verify(forge(ecKey, header)).claims.sub, goodClaims.sub)
  assert.equal(
    codeOf(() => verifier.verify(forge(throwawayKey('EdDSA'), { ...header, alg: 'EdDSA' }))),
    'key_algorithm_wrong',
  )
})
