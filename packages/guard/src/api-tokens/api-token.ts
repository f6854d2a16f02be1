import { checksum } from '@countersign/token/internal'

/** The beginning of an API token, which secret scanners know. */
const prefix = 'csk_'
const secretLength = 43 // 32 random bytes in base64url
const form = /^csk_[\w-]{43}[0-9A-Za-z]{6}$/

/** Returns whether a bearer token is an API token of Countersign, well-formed or not. No JWT begins so, because `_` ends no header. */
export function isApiToken(credential: string): boolean {
  return credential.startsWith(prefix)
}

/** Returns whether an API token has the right form and checksum. A mistyped one has not, so it is refused without asking the issuer. */
export function isWellFormedApiToken(credential: string): boolean {
  if (!form.test(credential)) return false
  const secret = credential.slice(prefix.length, prefix.length + secretLength)
  return checksum(secret) === credential.slice(prefix.length + secretLength)
}
