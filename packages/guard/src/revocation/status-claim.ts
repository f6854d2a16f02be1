import type { ProvenClaims } from '@countersign/token'
import { fail } from '../failures.ts'

/** The `status` claim of a token: a status list, and the token's index in it. */
export interface StatusClaim {
  readonly uri: string
  readonly index: number
}

/**
 * Parses the `status` claim of a verified token (draft-ietf-oauth-status-list, section 6.2); `undefined` for a token without one. Fails with
 * `status_unusable` for a claim of another form, and for a list that is not below the issuer's own URL, because a URL from a token is one
 * that the guard is made to request (SSRF). Without an issuer nothing is requested, and the URL is not checked.
 */
export function parseStatusClaim(
  { status }: ProvenClaims,
  issuer: string | undefined,
): StatusClaim | undefined {
  if (status === undefined) return undefined
  const list = memberOf(status, 'status_list')
  const [uri, index] = [memberOf(list, 'uri'), memberOf(list, 'idx')]
  if (
    typeof uri !== 'string' ||
    typeof index !== 'number' ||
    !Number.isSafeInteger(index) ||
    index < 0
  )
    throw unusable('it names no index of a status list')
  if (issuer !== undefined && !isBelow(uri, issuer))
    throw unusable('its list is not below the URL of the issuer')
  return { uri, index }
}

/** The URL must be in normalized form, so that no `..` in it leads elsewhere, and without a query, because the feed's URL is below it. */
function isBelow(uri: string, issuer: string): boolean {
  if (!URL.canParse(uri) || new URL(uri).href !== uri || /[?#]/.test(uri)) return false
  const base = new URL(issuer).href
  return uri.startsWith(base.endsWith('/') ? base : `${base}/`)
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return (value as Readonly<Record<string, unknown>>)[name]
}

const unusable = (detail: string) => fail('status_unusable', { detail })
