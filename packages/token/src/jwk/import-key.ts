import { createPrivateKey, createPublicKey } from 'node:crypto'
import { fail } from '../failures.ts'
import {
  assertAlgorithm,
  isSecretAlgorithm,
  type Algorithm,
  type PublicAlgorithm,
} from '../jws/algorithms.ts'
import { isKeyPair } from '../jws/signature.ts'
import { isCountersignError } from '../lib/error.ts'
import { checkJwk, publicMembersOf, type KeyHalf, type PrivateJwk, type PublicJwk } from './jwk.ts'
import { ifAvailable, registerKey, type SigningKey, type VerificationKey } from './key.ts'
import { thumbprintOf } from './thumbprint.ts'

/**
 * Imports a public key from a JWK (RFC 7517) or PEM (SPKI). Rejects a private key in its place. Fails with `key_invalid`, and
 * with `algorithm_unknown` and `algorithm_unavailable` as {@link generateKey} does.
 *
 * @example
 * import { exportPublicPem, generateKey, importPublicKey } from '@countersign/token'
 *
 * const pem = exportPublicPem(generateKey('ES256')) // begins with -----BEGIN PUBLIC KEY-----
 * const key = importPublicKey(pem, 'ES256')
 */
export function importPublicKey(
  source: PublicJwk | string,
  algorithm: PublicAlgorithm,
): VerificationKey {
  const jwk = checkJwk(toJwk(source, algorithm, 'public'), algorithm, 'public')
  const key = parseOrInvalid(algorithm, () => createPublicKey({ key: jwk, format: 'jwk' }))
  return registerKey({ id: idOf(source) ?? thumbprintOf(key), algorithm, key })
}

/**
 * Imports a private key from a JWK with its private members or PEM (PKCS #8). Fails as {@link importPublicKey} does, and also when
 * the private and public members do not belong together.
 *
 * @example
 * import { exportPrivateJwk, generateKey, importPrivateKey } from '@countersign/token'
 *
 * const stored = JSON.stringify(exportPrivateJwk(generateKey('ES256')))
 * const key = importPrivateKey(JSON.parse(stored), 'ES256')
 */
export function importPrivateKey(
  source: PrivateJwk | string,
  algorithm: PublicAlgorithm,
): SigningKey {
  const all = toJwk(source, algorithm, 'private')
  const jwk = checkJwk(all, algorithm, 'private')
  const privateKey = parseOrInvalid(algorithm, () => createPrivateKey({ key: jwk, format: 'jwk' }))
  const publicJwk = checkJwk(publicMembersOf(all), algorithm, 'public')
  const key = parseOrInvalid(algorithm, () => createPublicKey({ key: publicJwk, format: 'jwk' }))
  if (!isKeyPair(algorithm, key, privateKey)) {
    throw fail('key_invalid', { detail: 'its private and public members do not belong together' })
  }
  return registerKey({ id: idOf(source) ?? thumbprintOf(key), algorithm, key, privateKey })
}

/** Converts a key in any format to a JWK, so that one set of rules checks them all. */
function toJwk(source: object | string, algorithm: Algorithm, half: KeyHalf): object {
  assertAlgorithm(algorithm)
  if (isSecretAlgorithm(algorithm)) {
    throw fail('key_invalid', { detail: `${algorithm} works with a secret: use importSecret` })
  }
  if (typeof source === 'object' && (source as unknown) !== null) return source
  if (typeof source !== 'string')
    throw fail('key_invalid', { detail: 'it is neither a JWK nor PEM' })
  const label = `${half === 'public' ? 'PUBLIC' : 'PRIVATE'} KEY-----`
  const pem = source.trim()
  if (!pem.startsWith(`-----BEGIN ${label}`) || !pem.endsWith(`-----END ${label}`)) {
    throw fail('key_invalid', {
      detail: `it is not PEM that begins with -----BEGIN ${label}`,
    })
  }
  const key = parseOrInvalid(algorithm, () =>
    half === 'public' ? createPublicKey(pem) : createPrivateKey(pem),
  )
  return parseOrInvalid(algorithm, () => key.export({ format: 'jwk' }))
}

function idOf(source: PublicJwk | string): string | undefined {
  return typeof source === 'string' ? undefined : source.kid
}

/** Hides the platform's error message, because it may quote the key. */
function parseOrInvalid<T>(algorithm: Algorithm, read: () => T): T {
  try {
    return ifAvailable(algorithm, read)
  } catch (error) {
    if (isCountersignError(error)) throw error
    throw fail('key_invalid', { detail: 'it is damaged, of an unknown type, or not on its curve' })
  }
}
