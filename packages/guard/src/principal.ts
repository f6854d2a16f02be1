import type { ProvenClaims, VerifiedToken } from '@countersign/token'
import { fail } from './failures.ts'

/** Who is calling, as the verified token says. Shared by the requests of one token, so it is frozen. */
export interface Principal<C = ProvenClaims> {
  /** The token's `sub`. */
  readonly subject: string
  /** The token's `scope`, taken apart; empty when there is none. */
  readonly scopes: ReadonlySet<string>
  /** The token's `roles` (RFC 9068, section 2.2.3.1); empty when there are none. */
  readonly roles: ReadonlySet<string>
  /** What the token says, in the form that the guard's schema gave it; without a schema the token's own claims. */
  readonly claims: C
  readonly token: VerifiedToken<ProvenClaims>
}

const maker = Symbol('the guard that let it through')

/** Reads the principal off a verified token. `by` is whose schema gave the claims their form. */
export function toPrincipal<C>(
  token: VerifiedToken<ProvenClaims>,
  claims: C,
  by: object,
): Principal<C> {
  const { sub, scope, roles } = token.claims
  return Object.freeze({
    [maker]: by,
    subject: sub,
    scopes: new Set(typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : []),
    roles: new Set(Array.isArray(roles) ? roles.filter((one) => typeof one === 'string') : []),
    claims,
    token,
  })
}

const nobody = Symbol('a guard let it through without a token')
const callers = new WeakMap<object, Principal<unknown> | typeof nobody>()

/** Remembers who sent a request; `undefined` for a request that was let through without a token. For adapters. */
export function rememberPrincipal(
  request: object,
  principal: Principal<unknown> | undefined,
): void {
  callers.set(request, principal ?? nobody)
}

/** Who sent a request that a guard let through, or `undefined` for nobody known. Fails with `principal_missing` when none did. */
export function recallPrincipal(request: object): Principal<unknown> | undefined {
  const caller = callers.get(request)
  if (caller === undefined) throw fail('principal_missing')
  return caller === nobody ? undefined : caller
}

/** Whether a principal's claims have the form that `by` gave them. */
export function isMadeBy<C>(
  principal: Principal<unknown>,
  by: object,
  // the symbol is this module's own
): principal is Principal<C> {
  return maker in principal && principal[maker] === by
}

/**
 * The caller of a request that a guard let through. Fails with `principal_missing` when none did, so a route that forgot
 * its guard breaks at once instead of serving anybody.
 *
 * The request is the framework's own: the `Request` in fetch handlers, `c.req.raw` in Hono, `request` in Express, Fastify and
 * node:http, `ctx` in Koa. A guard's own `principalOf` knows the type of its claims besides.
 */
export function principalOf(request: object): Principal {
  const principal = recallPrincipal(request)
  if (!principal) throw fail('principal_missing')
  return principal as Principal // made of a token whose claims are proven; a schema may only have added to the type
}
