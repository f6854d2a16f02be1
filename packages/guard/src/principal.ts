import type { ProvenClaims, VerifiedToken } from '@countersign/token'
import { rolesOf, scopesOf, type ClaimMapping } from './claim-mapping.ts'
import { fail } from './failures.ts'

/** The caller, as the verified token describes it. Shared by all requests with one token, so it is frozen. */
export interface Principal<C = ProvenClaims> {
  /** The token's `sub`. */
  readonly subject: string
  /** The token's scopes: its `scope`, split at the blanks, or what the guard's `mapping` names; empty when there are none. */
  readonly scopes: ReadonlySet<string>
  /** The token's roles: its `roles` (RFC 9068, section 2.2.3.1), or what the guard's `mapping` names; empty when there are none. */
  readonly roles: ReadonlySet<string>
  /** The claims, in the form that the guard's schema gave them; without a schema the token's own claims. */
  readonly claims: C
  readonly token: VerifiedToken<ProvenClaims>
}

/** The guard and the issuer of a principal. */
interface PrincipalOrigin {
  /** Identifies the guard whose schema gave the claims their form. */
  readonly owner: object
  readonly mapping: ClaimMapping | undefined
}

/** Scopes and roles are parsed on first use: most routes require neither, and every new token would pay for it. */
class TokenPrincipal<C> implements Principal<C> {
  readonly subject: string
  readonly claims: C
  readonly token: VerifiedToken<ProvenClaims>
  readonly #owner: object
  readonly #mapping: ClaimMapping | undefined
  #scopes: ReadonlySet<string> | undefined
  #roles: ReadonlySet<string> | undefined

  constructor(token: VerifiedToken<ProvenClaims>, claims: C, { owner, mapping }: PrincipalOrigin) {
    this.subject = token.claims.sub
    this.claims = claims
    this.token = token
    this.#owner = owner
    this.#mapping = mapping
    Object.freeze(this) // private fields may still be set
  }

  get scopes(): ReadonlySet<string> {
    return (this.#scopes ??= scopesOf(this.token.claims, this.#mapping))
  }

  get roles(): ReadonlySet<string> {
    return (this.#roles ??= rolesOf(this.token.claims, this.#mapping))
  }

  static mappingOf(principal: object): ClaimMapping | undefined {
    return #mapping in principal ? principal.#mapping : undefined
  }

  static isOwnedBy(principal: object, owner: object): boolean {
    return #owner in principal && principal.#owner === owner
  }
}

/** Creates the principal of a verified token. */
export function toPrincipal<C>(
  token: VerifiedToken<ProvenClaims>,
  claims: C,
  origin: PrincipalOrigin,
): Principal<C> {
  return new TokenPrincipal(token, claims, origin)
}

/** Returns the mapping by which the scopes and roles of a principal are read; for explanations. */
export function mappingOf(principal: Principal<unknown>): ClaimMapping | undefined {
  return TokenPrincipal.mappingOf(principal)
}

/** A constructor that returns the object it is given: a subclass adds its private fields to that object. */
const Given = function (object: object) {
  return object
} as unknown as new (object: object) => object

/**
 * A request with a private field for the principal; `undefined` for one that was admitted without a token. No copy of a request carries the field
 * along. A `WeakMap` would take 0.4 us more a request, because the garbage collector goes through its entries.
 */
class AdmittedRequest extends Given {
  #principal: Principal<unknown> | undefined

  static remember(request: object, principal: Principal<unknown> | undefined): void {
    const admitted = #principal in request ? request : new AdmittedRequest(request)
    admitted.#principal = principal
  }

  static recall(request: object): Principal<unknown> | undefined {
    if (!(#principal in request)) throw fail('principal_missing')
    return request.#principal
  }
}

/** Stores the principal of an admitted request; `undefined` for one that was admitted without a token. For adapters. */
export function rememberPrincipal(
  request: object,
  principal: Principal<unknown> | undefined,
): void {
  AdmittedRequest.remember(request, principal)
}

/**
 * Returns the principal of a request that this guard admitted, or `undefined` for an anonymous one. Fails with `principal_missing` when no
 * guard admitted it, or another one did: the claims of another guard may have another form.
 */
export function findPrincipal<C>(request: object, owner: object): Principal<C> | undefined {
  const principal = AdmittedRequest.recall(request)
  if (principal === undefined || isOwnedBy<C>(principal, owner)) return principal
  throw fail('principal_missing', { detail: 'another guard admitted it' })
}

/** Returns the principal like {@link findPrincipal}, and fails with `principal_missing` for an anonymous request too. */
export function getPrincipal<C>(request: object, owner: object): Principal<C> {
  const principal = findPrincipal<C>(request, owner)
  if (!principal) throw fail('principal_missing')
  return principal
}

/**
 * Returns the principal of a request that a guard admitted. Fails with `principal_missing` when none did, so a route that forgot
 * its guard breaks at once instead of serving every caller.
 *
 * The request is the framework's own: the `Request` in fetch handlers, `c.req.raw` in Hono, `request` in Express, Fastify and
 * node:http, `ctx` in Koa. A guard's own `principalOf` also knows the type of its claims.
 *
 * @example
 * import { createGuard, principalOf } from '@countersign/guard'
 * import { honoGuard } from '@countersign/guard/hono'
 * import { Hono } from 'hono'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const app = new Hono()
 * app.get('/me', honoGuard(guard), (c) => c.text(principalOf(c.req.raw).subject))
 */
export function principalOf(request: object): Principal {
  const principal = AdmittedRequest.recall(request)
  if (!principal) throw fail('principal_missing')
  return principal as Principal // its token's claims are proven; a schema may only have added to the type
}

function isOwnedBy<C>(principal: Principal<unknown>, owner: object): principal is Principal<C> {
  return TokenPrincipal.isOwnedBy(principal, owner)
}
