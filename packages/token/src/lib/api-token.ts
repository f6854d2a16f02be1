import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { checksum } from './text-hash.ts'

// The format of API tokens, which the server writes, and the server and guards read:
// `csk_`, 32 random bytes, the issuer's signature of them, and a checksum of both (CRC-32 in base62, as in the tokens of GitHub).
//
// The signature tells a token that the issuer has made from one that an attacker made up, without a request. It does not say that the token is
// still good. The key is no signing key of access tokens: it is for this alone, so that no JWT verifier trusts it.

/** The beginning of an API token, which secret scanners know. */
export const apiTokenPrefix = 'csk_'

const form = /^csk_(([\w-]{43})([\w-]{86}))([0-9A-Za-z]{6})$/ // base64url of 32 and of 64 bytes
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex') // the header of the 32 bytes of an Ed25519 key (RFC 8410)

/** The parts of an API token that has the right form and checksum. Anyone can compute a checksum. */
export interface ApiTokenParts {
  /** 32 random bytes in base64url. */
  readonly secret: string
  /** The signature in base64url. It may be anyone's. */
  readonly signature: string
}

/** Reads an API token. Returns `undefined` if its form or its checksum is wrong, as that of a mistyped one is. */
export function parseApiToken(text: string): ApiTokenParts | undefined {
  const [, body = '', secret = '', signature = '', given] = form.exec(text) ?? []
  return given !== undefined && checksum(body) === given ? { secret, signature } : undefined
}

/** Signs API tokens: the key of one issuer (Ed25519, RFC 8032). */
export interface ApiTokenSigner {
  /** Writes the API token of a secret: 32 random bytes in base64url. */
  write(secret: string): string
  /** The public key for guards: 32 bytes in base64url. */
  readonly publicKey: string
}

/** Creates the signer of API tokens from the 32 bytes of a private key. */
export function createApiTokenSigner(seed: Buffer): ApiTokenSigner {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' })
  return {
    write(secret) {
      const body = secret + sign(null, Buffer.from(secret), key).toString('base64url')
      return `${apiTokenPrefix}${body}${checksum(body)}`
    },
    publicKey: String(createPublicKey(key).export({ format: 'jwk' }).x),
  }
}

/** Creates the check that an issuer has made an API token, from its public key. For text that is no key, nothing passes. */
export function createApiTokenVerifier(publicKey: string): (parts: ApiTokenParts) => boolean {
  const key = importKey(publicKey)
  return ({ secret, signature }) =>
    key !== undefined && verify(null, Buffer.from(secret), key, Buffer.from(signature, 'base64url'))
}

function importKey(x: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  } catch {
    return undefined
  }
}
