import { hasNoToken, type CookieOptions, type RequestView } from './extract-token.ts'
import type { RouteRequirements } from './authorize.ts'
import { emit, type EventListener } from './events.ts'
import type { Guard } from './guard-interface.ts'
import type { Principal } from './principal.ts'

const anonymous = Object.freeze({ allowed: true, principal: undefined } as const)

/** Creates the variant of a guard for routes that are open to everyone: a request without a token is allowed, a bad token is refused. */
export function toOptional<C>(
  guard: Omit<Guard<Principal<C>>, 'optional' | 'principalOf'>,
  parts: {
    findPrincipal(request: object): Principal<C> | undefined
    readonly cookie: CookieOptions | undefined
    readonly onEvent: EventListener | undefined
  },
): Guard<Principal<C> | undefined> {
  const { findPrincipal, cookie, onEvent } = parts
  const optional: Guard<Principal<C> | undefined> = Object.freeze({
    ...guard,
    check(request: RequestView, requirements?: RouteRequirements) {
      if (!hasNoToken(request, cookie)) return guard.check(request, requirements)
      emit(onEvent, { kind: 'allowed', subject: undefined })
      return anonymous
    },
    principalOf: findPrincipal,
    get optional() {
      return optional
    },
  })
  return optional
}
