import type { RouteRequirements, UnmetRequirement } from './authorize.ts'
import type { RefusedEvent } from './events.ts'
import type { GuardExplanation } from './explain.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'

/** A refusal, and what its event adds to it. */
export interface RefusedEventParts {
  readonly refusal: Refusal
  readonly missing: readonly string[]
  readonly explain: () => GuardExplanation
}

/**
 * Creates the event of a refusal. The explanation is made when one of its members is first read: it costs a second verification, which a
 * listener that only counts need not pay for each bad token that a caller sends.
 */
export function toRefusedEvent({ refusal, missing, explain }: RefusedEventParts): RefusedEvent {
  const { id, status, cause, problem } = refusal
  let explanation: GuardExplanation | undefined
  const failed = () => {
    explanation ??= explain()
    return explanation.checks.find(({ verdict }) => verdict === 'failed')
  }
  return {
    kind: 'refused',
    id,
    code: problem.code,
    status,
    cause: cause?.code,
    missing,
    get expected() {
      return failed()?.expected
    },
    get found() {
      return failed()?.found
    },
    get likelyCause() {
      return failed()?.likelyCause
    },
  }
}

/** Describes a refusal in one line, for the developer of the application. Holds no token. */
export function describeRefusal(event: RefusedEvent): string {
  const { id, code, status, cause = code, missing, expected, found, likelyCause } = event
  return [
    `countersign refused a request: ${cause}`,
    ...(expected === undefined ? [] : [`: expected ${expected}, found ${found}`]),
    ...(missing.length === 0 ? [] : [`; missing: ${missing.join(' ')}`]),
    ...(likelyCause === undefined ? [] : [`; likely cause: ${likelyCause}`]),
    ` (status ${status}, id ${encodeURIComponent(id)})`,
  ].join('')
}

/** Returns the scopes, roles or factors that a route requires and a principal does not have. Pure. */
export function missingOf(
  code: string,
  principal: Principal<unknown> | undefined,
  { scopes = [], roles = [], factors = [] }: RouteRequirements = {},
): readonly string[] {
  if (!principal) return []
  const { amr } = principal.token.claims
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : []
  switch (code as UnmetRequirement) {
    case 'scope_missing':
      return scopes.filter((one) => !principal.scopes.has(one))
    case 'role_missing':
      return roles.filter((one) => !principal.roles.has(one))
    case 'factor_missing':
      return factors.filter((one) => !methods.includes(one))
    case 'authentication_too_old':
      return []
  }
}
