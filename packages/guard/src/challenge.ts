import { guardFailures, type RefusalCode } from './failures.ts'
import type { Need } from './need.ts'

/** Characters that a challenge's value may hold (RFC 6750, section 3); everything else is left out. */
const unquotable = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/** What every challenge of one guard says. */
export interface ChallengeOptions {
  readonly realm?: string | undefined
  /** Where the resource tells of itself (RFC 9728, section 5.1). */
  readonly metadataUrl?: string | undefined
}

/**
 * The `WWW-Authenticate` header of a refusal (RFC 6750, section 3; RFC 9470, section 3; RFC 9728, section 5.1). A request without
 * credentials gets no error code (RFC 6750, section 3.1), but the scope that the route needs, so that a client can ask for it.
 */
export function toChallenge(
  code: RefusalCode,
  { realm, metadataUrl }: ChallengeOptions = {},
  { scopes = [], acr = [], maxAge }: Need = {},
): string {
  const entry: { readonly challenge?: string; readonly message: string } = guardFailures[code]
  const stepUp = entry.challenge === 'insufficient_user_authentication'
  const wantsScope = code === 'token_missing' || code === 'scope_missing'
  const parameters = [
    quoted('realm', realm),
    quoted('error', entry.challenge),
    quoted('error_description', entry.challenge && entry.message),
    quoted('scope', wantsScope && scopes.length > 0 ? scopes.join(' ') : undefined),
    quoted('acr_values', stepUp && acr.length > 0 ? acr.join(' ') : undefined),
    quoted('max_age', stepUp && maxAge !== undefined ? String(maxAge) : undefined),
    quoted('resource_metadata', metadataUrl),
  ].filter((one) => one !== undefined)
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}

function quoted(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}="${value.replace(unquotable, '')}"`
}
