import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { isSecretAlgorithm, type Algorithm } from '../jws/algorithms.ts'
import { codeOf, hasMlDsa } from './forge.fixture.ts'
import {
  copyParts,
  parseHeader,
  splitCompact,
  verifySignature,
  verifySignatureAsync,
} from '../jws/compact.ts'
import { publicMembersOf, type PrivateJwk, type PublicJwk } from '../jwk/jwk.ts'
import * as keys from '../index.ts'
import { localKeySet } from '../jwks/key-set.ts'
import { signBytes } from '../jws/signature.ts'
import { fixedClock } from '../testing.ts'
import { createLegacyVerifier } from './verifier.ts'

/** A published key and a token signed with it. */
interface Vector {
  readonly origin: string
  readonly algorithm: Algorithm
  readonly jwk: PrivateJwk & { readonly k?: string }
  readonly token: string
}

const vectors = ['rfc7515', 'rfc7520', 'rfc9964'].flatMap(
  (name) =>
    JSON.parse(
      readFileSync(new URL(`../../../../vectors/${name}.json`, import.meta.url), 'utf8'),
    ) as readonly Vector[],
)

function keyOf({ jwk, algorithm }: Vector): keys.SigningKey {
  const named = jwk.kid === undefined ? {} : { id: jwk.kid }
  return isSecretAlgorithm(algorithm)
    ? keys.importSecret(Buffer.from(jwk.k ?? '', 'base64url'), algorithm, named)
    : keys.importPrivateKey(jwk, algorithm)
}

for (const vector of vectors) {
  const { origin, algorithm, jwk, token } = vector
  if (algorithm.startsWith('ML-DSA') && !hasMlDsa) continue // its absence is tested in every-algorithm.test.ts
  suite(`${origin} (${algorithm})`, () => {
    const key = keyOf(vector)
    const parts = copyParts(splitCompact(token)) // the next token overwrites them

    test('its token verifies, in place and on the thread pool, and a changed one does not', async () => {
      const header = parseHeader(parts.header)
      assert.equal(header.alg, algorithm)
      assert.equal(header.kid, jwk.kid)
      assert.ok(verifySignature(parts, key))
      assert.ok(await verifySignatureAsync(parts, key))
      assert.ok(!verifySignature({ ...parts, signed: Buffer.from(`${parts.signed}A`) }, key))
    })

    test('a verifier accepts the signature, and then requires more claims than the example has', () => {
      const verifier = createLegacyVerifier({
        algorithms: [algorithm],
        keys: localKeySet([key]),
        clock: fixedClock(1_300_819_000),
      })
      // The payloads of the examples are text, or claims without a sub.
      const says = parts.payload.toString().startsWith('{') ? 'claim_missing' : 'claims_malformed'
      assert.equal(
        codeOf(() => verifier.verify(token)),
        says,
      )
      const at = token.lastIndexOf('.') + 9
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      assert.equal(
        codeOf(() => verifier.verify(changed)),
        'signature_wrong',
      )
    })

    if (/^(HS|RS)/.test(algorithm)) {
      test('we sign the same bytes', () => {
        const signature = signBytes(algorithm, key.privateKey, parts.signed)
        assert.equal(`${parts.signed}.${signature}`, token)
      })
    }

    if (isSecretAlgorithm(algorithm)) return

    test('its public half alone verifies it too, and equals the public members of the private half', () => {
      const half = publicMembersOf(jwk) as PublicJwk
      assert.ok(verifySignature(parts, keys.importPublicKey(half, algorithm)))
      const derived = createPublicKey(key.privateKey).export({ format: 'jwk' })
      for (const [name, value] of Object.entries(derived))
        assert.equal((jwk as unknown as Record<string, unknown>)[name], value, name)
    })

    if (algorithm.startsWith('ML-DSA')) {
      test('its kid is its thumbprint, and its private half is the seed', () => {
        assert.equal(keys.thumbprint(key), jwk.kid)
        assert.equal(keys.exportPrivateJwk(key).priv, jwk.priv)
        const { kid: _, ...nameless } = jwk
        assert.equal(keys.importPrivateKey(nameless, algorithm).id, jwk.kid)
      })
    }
  })
}
