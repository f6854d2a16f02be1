import type { Principal } from './principal.ts'

/** What a route asks beyond a valid token. */
export interface Need {
  /** Every one of these must be in the token's `scope` (RFC 6749, section 3.3). */
  readonly scopes?: readonly string[]
}

/** Whether a principal has what a route needs. Pure. */
export function judgeNeed(
  principal: Principal,
  { scopes = [] }: Need = {},
): 'met' | 'scope_missing' {
  return scopes.every((scope) => principal.scopes.has(scope)) ? 'met' : 'scope_missing'
}
