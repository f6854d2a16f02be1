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

/** Scopes and roles are taken apart when somebody asks: most routes ask for neither, and each token that comes for the first time pays. */
class TokenPrincipal<C> implements Principal<C> {
  readonly subject: string
  readonly claims: C
  readonly token: VerifiedToken<ProvenClaims>
  readonly #by: object
  #scopes: ReadonlySet<string> | undefined
  #roles: ReadonlySet<string> | undefined

  constructor(token: VerifiedToken<ProvenClaims>, claims: C, by: object) {
    this.subject = token.claims.sub
    this.claims = claims
    this.token = token
    this.#by = by
    Object.freeze(this) // and what is private may still be filled in
  }

  get scopes(): ReadonlySet<string> {
    const { scope } = this.token.claims
    this.#scopes ??= new Set(
      typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [],
    )
    return this.#scopes
  }

  get roles(): ReadonlySet<string> {
    const { roles } = this.token.claims
    this.#roles ??= new Set(
      Array.isArray(roles) ? roles.filter((one) => typeof one === 'string') : [],
    )
    return this.#roles
  }

  static isMadeBy(principal: object, by: object): boolean {
    return #by in principal && principal.#by === by
  }
}

/** Reads the principal off a verified token. `by` is whose schema gave the claims their form. */
export function toPrincipal<C>(
  token: VerifiedToken<ProvenClaims>,
  claims: C,
  by: object,
): Principal<C> {
  return new TokenPrincipal(token, claims, by)
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
export function isMadeBy<C>(principal: Principal<unknown>, by: object): principal is Principal<C> {
  return TokenPrincipal.isMadeBy(principal, by)
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
