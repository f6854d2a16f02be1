import type { ProvenClaims } from '@countersign/token'
import { fail } from './failures.ts'

/** Where the status of a token stands: a bit of a list. */
export interface StatusClaim {
  readonly uri: string
  readonly index: number
}

/**
 * Reads the `status` claim of a verified token (draft-ietf-oauth-status-list, section 6.2); `undefined` for a token without one. Fails with
 * `status_unusable` for a claim of another form, and for a list that is not below the issuer's own URL: an address that a token
 * names is one that we are made to ask. Without an issuer nobody is asked.
 */
export function statusClaimOf(
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
    throw unusable('its list is not below the address of the issuer')
  return { uri, index }
}

/** Written as a URL is when it has been read, so that no `..` in it leads elsewhere; no query, for the feed stands below it. */
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
