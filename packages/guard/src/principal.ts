import type { ProvenClaims, VerifiedToken } from '@countersign/token'
import { fail } from './failures.ts'

/** Who is calling, as the verified token says. */
export interface Principal {
  /** The token's `sub`. */
  readonly subject: string
  /** The token's `scope`, taken apart; empty when there is none. */
  readonly scopes: ReadonlySet<string>
  /** The token's `roles` (RFC 9068, section 2.2.3.1); empty when there are none. */
  readonly roles: ReadonlySet<string>
  readonly token: VerifiedToken<ProvenClaims>
}

/** Reads the principal off a verified token. */
export function toPrincipal(token: VerifiedToken<ProvenClaims>): Principal {
  const { sub, scope, roles } = token.claims
  return {
    subject: sub,
    scopes: new Set(typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : []),
    roles: new Set(Array.isArray(roles) ? roles.filter((one) => typeof one === 'string') : []),
    token,
  }
}

const callers = new WeakMap<object, Principal>()

/** Remembers who sent a request. For adapters; the request itself is not touched. */
export function rememberPrincipal(request: object, principal: Principal): void {
  callers.set(request, principal)
}

/**
 * The caller of a request that a guard let through. Fails with `principal_missing` when none did, so a route that forgot
 * its guard breaks at once instead of serving anybody.
 *
 * The request is the framework's own: the `Request` in fetch handlers, `c.req.raw` in Hono.
 */
export function principalOf(request: object): Principal {
  const principal = callers.get(request)
  if (!principal) throw fail('principal_missing')
  return principal
}
