import type { Clock } from '@countersign/token'
import { assertOptions, type NamesOf, type Seconds } from '@countersign/token/internal'
import type { Allowed, Decision } from './decision.ts'
import { fail } from './failures.ts'
import type { Principal } from './principal.ts'

// Step 4: checks the scopes, roles and other requirements of a route.

/**
 * The requirements of a route beyond a valid token. All of them must be met.
 *
 * @example
 * import type { RouteRequirements } from '@countersign/guard'
 *
 * export const pay: RouteRequirements = { scopes: ['payments:write'], factors: ['otp'], maxAge: 300 }
 */
export interface RouteRequirements {
  /** Scopes that must all be in the token's `scope` (RFC 6749, section 3.3), or where the guard's `mapping` finds them. */
  readonly scopes?: readonly string[]
  /** Roles that must all be in the token's `roles` (RFC 9068, section 2.2.3.1), or where the guard's `mapping` finds them. */
  readonly roles?: readonly string[]
  /** Authentication methods that must all be in the token's `amr`: `pwd`, `otp`, `hwk` and the others of RFC 8176. */
  readonly factors?: readonly string[]
  /** Accepted values of the token's `acr`, the preferred one first (RFC 9470, section 4). */
  readonly acr?: readonly string[]
  /** The maximum age of the sign-in in seconds, by the token's `auth_time`. */
  readonly maxAge?: Seconds
}

/** The kind of requirement that a token does not meet. */
export type UnmetRequirement =
  | 'scope_missing'
  | 'role_missing'
  | 'factor_missing'
  | 'authentication_too_old'

/** Allows the principal if it meets the requirements of the route. */
export function authorize<C>(
  allowed: Allowed<Principal<C>>,
  requirements: RouteRequirements | undefined,
  clock: Clock,
): Decision<C> {
  if (requirements === undefined) return allowed
  const { principal } = allowed
  const code = findUnmet(principal, requirements, clock.now())
  return code === undefined ? allowed : { allowed: false, code, principal }
}

/** Returns the first requirement that a principal does not meet, or `undefined` if it meets all. Pure. A missing claim fails the check. */
export function findUnmet(
  principal: Principal<unknown>,
  requirements: RouteRequirements,
  now: Seconds,
): UnmetRequirement | undefined {
  const { scopes = [], roles = [], factors = [], acr, maxAge } = requirements
  if (!scopes.every((one) => principal.scopes.has(one))) return 'scope_missing'
  if (!roles.every((one) => principal.roles.has(one))) return 'role_missing'
  const { amr, acr: shown, auth_time: signedInAt } = principal.token.claims
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : []
  if (!factors.every((one) => methods.includes(one))) return 'factor_missing'
  if (acr && !acr.some((one) => one === shown)) return 'factor_missing'
  if (maxAge === undefined) return undefined
  return typeof signedInAt === 'number' && now - signedInAt <= maxAge
    ? undefined
    : 'authentication_too_old'
}

const checked = new WeakSet<RouteRequirements>()
const lists = { scopes: true, roles: true, factors: true, acr: true } as const
const names = { ...lists, maxAge: true } as const satisfies NamesOf<RouteRequirements>

/**
 * Rejects misspelt requirements, so that a slip such as `scope` does not leave a route open. Each object is checked once and then frozen.
 * Fails with `requirements_invalid`.
 */
export function assertRequirements(requirements: RouteRequirements | undefined): void {
  if (requirements === undefined || checked.has(requirements)) return
  assertOptions(requirements, names, requirementsInvalid)
  for (const [name, value] of Object.entries(requirements)) {
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string')
    const isAge = typeof value === 'number' && value >= 0
    if (value !== undefined && !(Object.hasOwn(lists, name) ? isList : isAge))
      throw requirementsInvalid(
        `${Object.keys(lists).join(', ')} are lists of strings, and maxAge is a number of seconds`,
        name,
      )
  }
  checked.add(Object.freeze(requirements))
}

/** Creates the failure for a name or a value that route requirements do not have. */
export function requirementsInvalid(detail: string, member: string) {
  return fail('requirements_invalid', { detail, facts: { member } })
}
