import { hash, type KeyObject } from 'node:crypto'
import { fail } from '../failures.ts'

/** The members that a thumbprint covers, in lexicographic order (RFC 7638, section 3.2; RFC 8037; RFC 9964). */
const members: Readonly<Record<string, readonly string[]>> = {
  AKP: ['alg', 'kty', 'pub'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/**
 * Returns the thumbprint of a public key (RFC 7638): SHA-256 over its required members, in base64url.
 *
 * Every library computes the same thumbprint for a key, so it is a good `kid`.
 */
export function thumbprintOf(publicKey: KeyObject): string {
  const jwk = publicKey.export({ format: 'jwk' }) as Readonly<Record<string, unknown>>
  const names = members[String(jwk['kty'])]
  if (!names) throw fail('key_invalid', { detail: 'its type has no thumbprint' })
  return hash(
    'sha256',
    JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))),
    'base64url',
  )
}
