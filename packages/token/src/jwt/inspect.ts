import { fail } from '../failures.ts'
import { splitCompact } from '../jws/compact.ts'
import { decodeBase64url } from '../lib/base64url.ts'
import { parseJsonObject, type JsonObject } from '../lib/json.ts'
import type { Claims } from './claims.ts'

/** A parsed token that was not verified. Its type cannot be passed where a `VerifiedToken` is required. */
export interface UnverifiedToken {
  readonly verified: false
  /** All members of the header, also unknown ones. */
  readonly header: JsonObject
  readonly claims: Claims
}

const maxLength = 65_536 // characters; no policy accepts a longer token

/**
 * Decodes a token without verifying it: for debugging, never for a decision, because a token can be forged by anyone. Use a
 * verifier to decide. Fails with the codes of a token's form: `token_malformed`, `token_encrypted`,
 * `token_too_large` beyond 65,536 characters, `header_malformed`, `claims_malformed`.
 *
 * @example
 * import { createSigner, generateKey, inspect } from '@countersign/token'
 *
 * const signer = createSigner({ key: generateKey('ES256'), issuer: 'https://issuer.example', lifetime: 60 })
 * const { header, claims } = inspect(signer.sign({ sub: 'ada', aud: 'api' }))
 * console.log(header['alg'], claims.sub) // ES256 ada
 */
export function inspect(token: string): UnverifiedToken {
  if (typeof token !== 'string')
    throw fail('token_malformed', { facts: { problem: 'not a string' } })
  if (token.length > maxLength) throw fail('token_too_large', { facts: { limit: maxLength } })
  const parts = splitCompact(token)
  const bytes = decodeBase64url(parts.header)
  if (!bytes) throw fail('token_malformed', { facts: { problem: 'not canonical base64url' } })
  const header = parseJsonObject(bytes)
  if (!header) throw fail('header_malformed')
  const claims = parseJsonObject(parts.payload)
  if (!claims) throw fail('claims_malformed')
  return { verified: false, header, claims }
}
