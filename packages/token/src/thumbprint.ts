import { hash, type KeyObject } from 'node:crypto'

/**
 * The name of a public key (RFC 7638): SHA-256 over its required members in lexicographic order, in base64url.
 *
 * The same key has the same thumbprint in every library, so it makes a good `kid`.
 */
export function thumbprintOf(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
}
