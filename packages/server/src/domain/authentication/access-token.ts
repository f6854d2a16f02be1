import { isDeepStrictEqual } from 'node:util'
import type { Claims, SignableClaims } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { acrOf } from '../factors/factor-policy.ts'
import type { Session } from '../sessions/session.ts'
import { statusListUri, type StatusIndex } from '../revocation/status-list.ts'
import type { User } from '../users/user.ts'

/** Claims by name, as JSON has them. */
export type ClaimValues = Readonly<Record<string, unknown>>

/** Claims that are written here or by the signer, or that would change the meaning of a token; no custom claim may have their names. */
export const reservedClaims: ReadonlySet<string> = new Set(
  `iss sub aud exp nbf iat jti typ client_id scope cnf act sid username auth_time amr acr roles groups entitlements status __proto__`.split(
    ' ',
  ),
)

const maxCustomBytes = 2_048 // of JSON: with them, the token still fits into a cookie

/**
 * Returns custom claims as JSON has them, so that what is checked is what is signed: a method `toJSON`, which documents of databases have, would otherwise
 * replace all claims of the token. Refuses what is no object of JSON, a reserved name, and too much. Fails with `claims_malformed`, `claims_reserved`
 * and `claims_too_large`.
 */
export function parseCustomClaims(given: unknown): ClaimValues {
  const text = toJson(given)
  if (text === undefined || !text.startsWith('{')) throw fail('claims_malformed')
  const claims = JSON.parse(text) as ClaimValues
  const reserved = Object.keys(claims).find((name) => reservedClaims.has(name))
  if (reserved !== undefined) throw fail('claims_reserved', { detail: reserved })
  if (Buffer.byteLength(text) > maxCustomBytes)
    throw fail('claims_too_large', { detail: `at most ${maxCustomBytes} bytes of JSON` })
  return claims
}

/** Returns the JSON of a value; undefined for one that has none, such as a circle, a bigint or a function. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined
  } catch {
    return undefined
  }
}

/** Returns the claims of an access token (RFC 9068, section 2.2; RFC 8176 for `amr`). The custom ones were checked before. */
export function accessTokenClaims(
  user: User,
  session: Session,
  {
    issuer,
    audience,
    custom,
  }: { readonly issuer: string; readonly audience: string; readonly custom: ClaimValues },
): SignableClaims {
  return {
    ...custom,
    sub: user.id,
    aud: audience,
    client_id: 'countersign', // the server's own sign-in; other clients come with OAuth
    sid: session.id,
    username: user.name,
    ...authenticationClaims(session),
    ...(user.roles.length === 0 ? {} : { roles: user.roles }), // RFC 9068, section 2.2.3.1
    ...(session.status && { status: statusClaim(issuer, session.status) }),
  }
}

/** Returns the claims of when and how a user authenticated (RFC 9068, section 2.2.1), for access tokens and ID tokens. */
export function authenticationClaims({
  authenticatedAt,
  amr,
}: Pick<Session, 'authenticatedAt' | 'amr'>) {
  const acr = acrOf(amr)
  return { auth_time: authenticatedAt, amr, ...(acr === undefined ? {} : { acr }) }
}

/** Returns the claim by which a guard finds the status of the session (draft-ietf-oauth-status-list-21, section 6.2). */
export function statusClaim(issuer: string, { list, index }: StatusIndex) {
  return { status_list: { idx: index, uri: statusListUri(issuer, list) } }
}

/**
 * Returns whether a verified token has an earlier status index of its session, whose bit was set: its roles or its password have changed since.
 * A token from before status lists has none, and cannot be revoked.
 */
export function hasFormerStatus({ iss, status }: Claims, session: Session): boolean {
  if (status === undefined || session.status === null) return false
  return !isDeepStrictEqual(status, statusClaim(String(iss), session.status))
}
