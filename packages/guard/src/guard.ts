import { systemClock, type Clock, type ProvenClaims } from '@countersign/token'
import { createAuthenticate, type Authenticated } from './authenticate.ts'
import { assertRequirements, authorize, type RouteRequirements } from './authorize.ts'
import type { ClaimsSchema } from './claims-schema.ts'
import { toDenied, type Decision } from './decision.ts'
import { isApiToken } from './api-tokens/access-tokens.ts'
import { assertBoundToKey, createDpop, type DpopChecks } from './dpop.ts'
import { bearerRequest, extractToken, orMalformed, type RequestView } from './extract-token.ts'
import { fail } from './failures.ts'
import type { Guard } from './guard-interface.ts'
import { createIssuers, type Issuers } from './issuers/issuers.ts'
import { toOptional } from './optional-guard.ts'
import { assertGuardOptions, publicUrlsOf, type GuardOptions } from './options.ts'
import { findPrincipal, getPrincipal, type Principal } from './principal.ts'
import { toMetadata } from './resource-metadata.ts'
import { createRespond } from './respond.ts'
import { retryAfterLoading, type Loadable } from './retry-after-loading.ts'
import { checkRevocation, createOnRevoked } from './revocation/check-revocation.ts'

// extractToken → authenticate → checkRevocation → authorize → respond: each step is in the file of its name.

/**
 * Creates a guard: middleware that admits only authorized requests. It trusts one issuer, several issuers, or a verifier. Hand it to an
 * adapter: `honoGuard(guard)`, `expressGuard(guard)` and so on. Fails with `guard_invalid` and `policy_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { requestView } from '@countersign/guard/fetch'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const answer = await guard.check(requestView(new Request('https://api.example.com/notes')))
 * if (!answer.allowed) console.log(answer.status, answer.problem.message) // 401 Token is missing!
 */
export function createGuard<C = ProvenClaims>(options: GuardOptions<C>): Guard<Principal<C>> {
  assertGuardOptions(options)
  const { cookie, onEvent, clock = systemClock } = options
  const issuers = createIssuers(options, clock)
  const metadata = options.resource && toMetadata(options.resource, issuers.urls)
  const dpop = createDpop(options.dpop, publicUrlsOf(options), clock)
  const { decide, decideToken } = createSteps<C>(issuers, options, dpop)
  const parts = { options, issuers, metadata, nonce: dpop.nonce }
  const { respond, describe, findExplanation } = createRespond<C>(parts)

  const guard = {
    check(request: RequestView, requirements?: RouteRequirements) {
      assertRequirements(requirements)
      return respond(decide(request, requirements), request, requirements)
    },
    checkToken(token: string, requirements?: RouteRequirements) {
      assertRequirements(requirements)
      return respond(decideToken(token, requirements), bearerRequest(token), requirements)
    },
    async explain(request: RequestView, requirements?: RouteRequirements) {
      assertRequirements(requirements)
      return describe(await decide(request, requirements, true), request, requirements)
    },
    findExplanation,
    ready: issuers.ready,
    health: issuers.health,
    onRevoked: createOnRevoked(issuers.statusOf),
    close: issuers.close,
    [Symbol.dispose]: issuers.close,
    metadata,
  }
  return Object.freeze({
    ...guard,
    principalOf: (request: object) => getPrincipal<C>(request, issuers),
    optional: toOptional<C>(guard, {
      findPrincipal: (request) => findPrincipal<C>(request, issuers),
      cookie,
      onEvent,
    }),
  })
}

const nothing: readonly Loadable[] = []

/** Creates the steps before `respond`. They decide at once from memory, and with a promise if keys or a status list must be loaded first. */
function createSteps<C>(
  issuers: Issuers,
  { cookie, claims, clock = systemClock }: GuardOptions<C>,
  dpop: DpopChecks,
) {
  const authenticate = createAuthenticate<C>(issuers, claims)
  const decideBound = createDecideBound<C>(issuers, { claims, clock }, dpop)

  function decideToken(
    credential: string,
    requirements: RouteRequirements | undefined,
    loaded: readonly Loadable[] = nothing,
  ): Decision<C> | Promise<Decision<C>> {
    let authenticated: Authenticated<C> | undefined
    try {
      authenticated = authenticate(issuers.accessTokens.find(credential))
      checkRevocation(authenticated.status, loaded.includes('status list'))
      return authorize(authenticated.allowed, requirements, clock)
    } catch (error) {
      const attempt = { credential, requirements, status: authenticated?.status, loaded }
      return retryAfterLoading(error, attempt, { issuers, decideToken })
    }
  }

  function decide(
    request: RequestView,
    requirements: RouteRequirements | undefined,
    isExplained = false,
  ) {
    const token = extractToken(request, cookie)
    if (typeof token === 'string') return orMalformed(decideToken(token, requirements), request)
    return 'bound' in token
      ? decideBound(token.bound, { request, requirements, isExplained })
      : token
  }

  return { decide, decideToken }
}

/** A request with a bound token. */
interface BoundRequest {
  readonly request: RequestView
  readonly requirements: RouteRequirements | undefined
  readonly isExplained: boolean
}

/** Creates the same steps for tokens that are bound to a key: on their own, so that bearer tokens cost nothing more. */
function createDecideBound<C>(
  issuers: Issuers,
  { claims, clock }: { readonly claims: ClaimsSchema<C> | undefined; readonly clock: Clock },
  dpop: DpopChecks,
) {
  const authenticate = createAuthenticate<C>(issuers, claims, assertBoundToKey)
  return function decideBound(
    token: string,
    bound: BoundRequest,
    loaded: readonly Loadable[] = nothing,
  ): Decision<C> | Promise<Decision<C>> {
    const { request, requirements, isExplained } = bound
    let authenticated: Authenticated<C> | undefined
    try {
      if (isApiToken(token)) return toDenied(fail('token_unbound'))
      authenticated = authenticate(token)
      const { allowed, status } = authenticated
      const proof = dpop.judge(request, token, allowed.principal.token.claims)
      checkRevocation(status, loaded.includes('status list'))
      dpop.use(proof, request, isExplained) // last, so that nothing that is refused fills the memory
      return authorize(allowed, requirements, clock)
    } catch (error) {
      const attempt = { credential: token, requirements, status: authenticated?.status, loaded }
      const again = (_: string, __: unknown, now: readonly Loadable[]) =>
        decideBound(token, bound, now)
      return retryAfterLoading(error, attempt, { issuers, decideToken: again })
    }
  }
}
