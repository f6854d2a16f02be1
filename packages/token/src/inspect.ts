import type { Claims } from './claims.ts'
import { decodeBase64url } from './base64url.ts'
import { fail } from './failures.ts'
import { parseJsonObject, type JsonObject } from './json.ts'
import { splitCompact } from './jws.ts'

/** A token that was parsed and nothing more. Its type cannot be passed where a `VerifiedToken` is wanted. */
export interface UnverifiedToken {
  readonly verified: false
  /** Whatever the header says, unknown members and all. */
  readonly header: JsonObject
  readonly claims: Claims
}

const most = 65_536 // characters; no policy reads more either

/**
 * Looks inside a token without believing it: for people who debug, never for a decision. Anybody can write anything into a
 * token; use a verifier to learn what is true. Fails with the codes of a token's form: `token_malformed`, `token_encrypted`,
 * `token_too_large` beyond 65,536 characters, `header_malformed`, `claims_malformed`.
 */
export function inspect(token: string): UnverifiedToken {
  if (token.length > most) throw fail('token_too_large', { facts: { limit: most } })
  const parts = splitCompact(token)
  const bytes = decodeBase64url(parts.header)
  if (!bytes) throw fail('token_malformed', { facts: { problem: 'not canonical base64url' } })
  const header = parseJsonObject(bytes)
  if (!header) throw fail('header_malformed')
  const claims = parseJsonObject(parts.payload)
  if (!claims) throw fail('claims_malformed')
  return { verified: false, header, claims }
}
