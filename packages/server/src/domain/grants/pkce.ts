import { createHash, timingSafeEqual } from 'node:crypto'

// PKCE (RFC 7636), with S256 alone: each code is bound to a secret that only the program knows that asked for it.

/** Returns whether a text can be a challenge: SHA-256 in base64url (RFC 7636, section 4.2). Pure. */
export function isChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/** Judges a verifier (RFC 7636, section 4.6): 43 to 128 unreserved characters whose hash is the challenge. Pure. */
export function judgePkce(verifier: string, challenge: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  const hash = createHash('sha256').update(verifier).digest('base64url')
  return (
    hash.length === challenge.length && timingSafeEqual(Buffer.from(hash), Buffer.from(challenge))
  )
}
