import assert from 'node:assert/strict'
import { constants, sign } from 'node:crypto'
import { test } from 'node:test'
import type { Algorithm } from '../jws/algorithms.ts'
import { localKeySet, type Jwks, type KeySource } from '../jwks/key-set.ts'
import { codeOf, goodClaims, now, part, policyFor } from '../jwt/forge.fixture.ts'
import { createVerifier } from '../jwt/verifier.ts'
import { fixedClock, throwawayKey } from '../testing.ts'
import { exportPublicJwk } from './export-key.ts'

const rsaKey = throwawayKey('RS256')
const { alg: _, ...withoutAlg } = exportPublicJwk(rsaKey)
const openSet = (): KeySource => localKeySet({ keys: [withoutAlg] } as Jwks)

/** Signs a token with the RSA key, by an algorithm that the test names. */
function signed(alg: 'RS256' | 'PS256', claims: object = goodClaims): string {
  const input = `${part({ alg, typ: 'at+jwt', kid: rsaKey.id })}.${part(claims)}`
  const padding =
    alg === 'PS256'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : { padding: constants.RSA_PKCS1_PADDING }
  const signature = sign('sha256', Buffer.from(input), { key: rsaKey.privateKey, ...padding })
  return `${input}.${signature.toString('base64url')}`
}
const verifierOf = (keys: KeySource, algorithms: readonly Algorithm[]) =>
  createVerifier(policyFor(rsaKey, { keys, algorithms, clock: fixedClock(now) }))

test('[18.14] an RSA key without alg has the one algorithm of its type that the policy allows', () => {
  for (const [allowed, other] of [
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
  ] as const) {
    const verifier = verifierOf(openSet(), [allowed, 'ES256'])
    assert.equal(verifier.verify(signed(allowed)).claims.sub, 'ada')
    assert.equal(verifier.verify(signed(allowed)).claims.sub, 'ada', 'from the cache')
    assert.equal(
      codeOf(() => verifier.verify(signed(other))),
      'algorithm_not_allowed',
    )
  }
})

test('[18.14] if the policy allows several, the key is bound to the first that verifies a token', async () => {
  for (const [first, second] of [
    ['RS256', 'PS256'],
    ['PS256', 'RS256'],
  ] as const) {
    const verifier = verifierOf(openSet(), ['RS256', 'PS256'])
    assert.equal(
      codeOf(() => verifier.verify(signed(second, { ...goodClaims, aud: 'another' }))),
      'audience_wrong', // a refused token binds nothing
    )
    assert.equal(verifier.verify(signed(first)).claims.sub, 'ada')
    const refused = signed(second)
    assert.equal(
      codeOf(() => verifier.verify(refused)),
      'key_algorithm_wrong',
    )
    await assert.rejects(verifier.verifyAsync(refused), { code: 'key_algorithm_wrong' })
    const failed = verifier.explain(refused).checks.find(({ verdict }) => verdict === 'failed')
    assert.match(failed?.likelyCause ?? '', new RegExp(`verified tokens of ${first} before`))
    assert.equal(verifier.verify(signed(first)).claims.sub, 'ada')
  }
})

test('[18.14] two verifiers that share a key set share the algorithm of its key', () => {
  const keys = openSet()
  const [rs, ps] = [verifierOf(keys, ['RS256']), verifierOf(keys, ['PS256'])]
  assert.equal(ps.verify(signed('PS256')).claims.sub, 'ada')
  assert.equal(
    codeOf(() => rs.verify(signed('RS256'))),
    'key_algorithm_wrong',
  )
})

test('[18.14] of two algorithms that verify at the same time, one is accepted', async () => {
  const verifier = verifierOf(openSet(), ['RS256', 'PS256'])
  const outcomes = await Promise.allSettled(
    (['RS256', 'PS256'] as const).map((alg) => verifier.verifyAsync(signed(alg))),
  )
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('[18.14] without allowed algorithms, a key without alg is used with RS256', () => {
  const keys = openSet()
  for (const alg of ['RS256', 'PS256', 'HS256'] as const)
    assert.equal(keys.find({ alg, kid: rsaKey.id })?.algorithm, 'RS256')
  assert.equal(keys.find({ alg: 'RS256' })?.algorithm, 'RS256')
  assert.equal(keys.find({ alg: 'PS256' }), undefined)
})
