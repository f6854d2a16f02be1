import type { KeyObject } from 'node:crypto'
import { fail } from '../failures.ts'
import type { PrivateJwk, PublicJwk } from './jwk.ts'
import { assertKey, type SigningKey, type VerificationKey } from './key.ts'
import { thumbprintOf } from './thumbprint.ts'

/**
 * Exports the public half of a key as a member of a JWKS. Fails with `key_invalid` for a shared secret.
 *
 * @example
 * import { exportPublicJwk, generateKey } from '@countersign/token'
 *
 * const { kid, alg } = exportPublicJwk(generateKey('ES256'))
 */
export function exportPublicJwk(key: VerificationKey): PublicJwk {
  assertPublishable(key)
  const jwk = key.key.export({ format: 'jwk' }) as unknown as PublicJwk // a public key has only public members
  return { ...jwk, alg: key.algorithm, kid: key.id, use: 'sig' }
}

/**
 * Exports a key with its private members. Encrypt the result before it is stored; never log it. Fails with `key_invalid` for a shared secret.
 *
 * @example
 * import { exportPrivateJwk, generateKey } from '@countersign/token'
 *
 * const jwk = exportPrivateJwk(generateKey('EdDSA'))
 */
export function exportPrivateJwk(key: SigningKey): PrivateJwk {
  const publicJwk = exportPublicJwk(key)
  return { ...privateHalfOf(key).export({ format: 'jwk' }), ...publicJwk }
}

/**
 * Exports the public half of a key as PEM (SPKI). Fails with `key_invalid` for a shared secret.
 *
 * @example
 * import { exportPublicPem, generateKey } from '@countersign/token'
 *
 * const pem = exportPublicPem(generateKey('RS256'))
 */
export function exportPublicPem(key: VerificationKey): string {
  assertPublishable(key)
  return key.key.export({ format: 'pem', type: 'spki' }).toString()
}

/**
 * Exports a private key as PEM (PKCS #8). Encrypt the result before it is stored; never log it. Fails with `key_invalid` for a shared secret.
 *
 * @example
 * import { exportPrivatePem, generateKey } from '@countersign/token'
 *
 * const pem = exportPrivatePem(generateKey('ES256'))
 */
export function exportPrivatePem(key: SigningKey): string {
  assertPublishable(key)
  return privateHalfOf(key).export({ format: 'pem', type: 'pkcs8' }).toString()
}

/**
 * Returns the thumbprint of a public key (RFC 7638; RFC 9964 for ML-DSA), the same in every library: SHA-256 over its required members, in
 * base64url. Fails with `key_invalid` for a shared secret, because a hash of it would help to guess it.
 *
 * @example
 * import { generateKey, thumbprint } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 * // The thumbprint is the default id of a key.
 * console.log(thumbprint(key) === key.id) // true
 */
export function thumbprint(key: VerificationKey): string {
  assertPublishable(key)
  return thumbprintOf(key.key)
}

/** Returns the private half of a key. Fails with `key_invalid` for a key that can only verify. */
function privateHalfOf({ privateKey }: Partial<SigningKey>): KeyObject {
  if (!privateKey) throw fail('key_invalid', { detail: 'it has no private half' })
  return privateKey
}

function assertPublishable(key: VerificationKey): void {
  assertKey(key)
  if (key.key.type !== 'public')
    throw fail('key_invalid', { detail: 'a shared secret is never exported' })
}
