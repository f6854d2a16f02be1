import { assertOptions, type NamesOf, type Seconds } from '@countersign/token/internal'
import { fail } from './failures.ts'
import type { Principal } from './principal.ts'

/** What a route asks beyond a valid token. All of it must be there. */
export interface Need {
  /** Every one of these must be in the token's `scope` (RFC 6749, section 3.3). */
  readonly scopes?: readonly string[]
  /** Every one of these must be in the token's `roles` (RFC 9068, section 2.2.3.1). */
  readonly roles?: readonly string[]
  /** Every one of these must be in the token's `amr`: `pwd`, `otp`, `hwk` and the others of RFC 8176. */
  readonly factors?: readonly string[]
  /** The token's `acr` must be one of these, the preferred one first (RFC 9470, section 4). */
  readonly acr?: readonly string[]
  /** How many seconds ago the user may have signed in, by the token's `auth_time`. */
  readonly maxAge?: Seconds
}

/** Which part of a need is not met. */
export type Shortfall =
  | 'scope_missing'
  | 'role_missing'
  | 'factor_missing'
  | 'authentication_too_old'

/** Whether a principal has what a route needs. Pure. What the token does not say is not there. */
export function judgeNeed(
  principal: Principal<unknown>,
  need: Need,
  now: Seconds,
): 'met' | Shortfall {
  const { scopes = [], roles = [], factors = [], acr, maxAge } = need
  if (!scopes.every((one) => principal.scopes.has(one))) return 'scope_missing'
  if (!roles.every((one) => principal.roles.has(one))) return 'role_missing'
  const { amr, acr: shown, auth_time: signedInAt } = principal.token.claims
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : []
  if (!factors.every((one) => methods.includes(one))) return 'factor_missing'
  if (acr && !acr.some((one) => one === shown)) return 'factor_missing'
  if (maxAge === undefined) return 'met'
  return typeof signedInAt === 'number' && now - signedInAt <= maxAge
    ? 'met'
    : 'authentication_too_old'
}

const understood = new WeakSet<Need>()
const lists = { scopes: true, roles: true, factors: true, acr: true } as const
const names = { ...lists, maxAge: true } as const satisfies NamesOf<Need>

/**
 * Refuses a need that is misspelt, so that a slip such as `scope` does not leave a route open. Looked at once for each need. Fails
 * with `need_invalid`.
 */
export function assertNeed(need: Need | undefined): void {
  if (need === undefined || understood.has(need)) return
  assertOptions(need, names, unknownNeed)
  for (const [name, value] of Object.entries(need)) {
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
    const isAge = typeof value === 'number' && value >= 0
    if (value !== undefined && !(Object.hasOwn(lists, name) ? isList : isAge)) {
      const detail = `${Object.keys(lists).join(', ')} are lists of texts, and maxAge is a number of seconds`
      throw fail('need_invalid', { detail, facts: { member: name } })
    }
  }
  understood.add(Object.freeze(need))
}

/** Makes the failure of a need with a name that there is not. */
export function unknownNeed(detail: string, member: string) {
  return fail('need_invalid', { detail, facts: { member } })
}
