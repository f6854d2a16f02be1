import { systemClock, type Clock, type ProvenClaims } from '@countersign/token'
import { systemTimer } from '@countersign/token/internal'
import { assertGuardOptions } from './assert-options.ts'
import type { IssuerHealth } from './believed-issuer.ts'
import type { Answer } from './answer.ts'
import { createConclude } from './conclude.ts'
import { readCredentials, usualToken, type CookieOptions, type Credentials } from './credentials.ts'
import { createDecide } from './decide.ts'
import { tell, type EventListener } from './events.ts'
import type { GuardExplanation } from './explain.ts'
import { fail } from './failures.ts'
import type { StatusListHealth } from './watched-list.ts'
import type { GuardSettings } from './guard-settings.ts'
import { createIssuers, type Issuers, type Trusted } from './issuers.ts'
import { createJudge } from './judge-token.ts'
import { assertNeed, type Need } from './need.ts'
import { isMadeBy, recallPrincipal, type Principal } from './principal.ts'
import { toMetadata, type PublishedMetadata } from './resource.ts'
import { createOnRevoked } from './on-revoked.ts'
import type { OnStatusEnd } from './watchers.ts'

/** How a guard is made: whom it believes, and its settings. */
export type GuardOptions<C = ProvenClaims> = Trusted & GuardSettings<C>

/** How a guard is doing: for health checks. */
export interface GuardHealth {
  /** Whether every issuer's keys may be used, and every status list is current. */
  readonly usable: boolean
  readonly issuers: readonly IssuerHealth[]
  /** The status lists that tokens have named so far; none without `revocation`. */
  readonly lists: readonly StatusListHealth[]
}

/** Keeps a route to those who may use it. */
export interface Guard<P extends Principal<unknown> | undefined = Principal> extends Disposable {
  /**
   * Allowed or refused; never throws for anything that a caller sent. At once, and a promise only when keys must be looked up. Fails
   * with `need_invalid` for a need that is misspelt.
   */
  check(request: Credentials, need?: Need): Answer<P> | Promise<Answer<P>>
  /** The same for a token that came another way, such as in the first message of a WebSocket. */
  checkToken(token: string, need?: Need): Answer<P> | Promise<Answer<P>>
  /** The caller of a request that this very guard let through. Fails with `principal_missing` when it did not. */
  principalOf(request: object): P
  /** The same guard for routes that are open to everybody: without a token nobody is known, and a bad one is refused as ever. */
  readonly optional: Guard<P | undefined>
  /** Why a request is allowed or refused, now. For operators, never for callers. */
  explain(request: Credentials, need?: Need): Promise<GuardExplanation>
  /** Why a request was refused, by the id that its refusal carries; see `explanations`. */
  findExplanation(id: string): GuardExplanation | undefined
  /** Looks up every issuer's keys, so that the first request need not wait. Fails with `key_set_unavailable`. */
  ready(): Promise<void>
  health(): GuardHealth
  /**
   * Tells once when a principal's token is revoked, or can no longer be known to be good; at once where that is so already. What comes back
   * ends the telling. `bindConnection` does this for connections.
   */
  onRevoked(principal: Principal<unknown>, onEnd: OnStatusEnd): () => void
  /** Follows status lists no more, so that a process can end; tokens that name one are refused from then on. */
  close(): void
  /** The resource's own document (RFC 9728), to be served at its path; only with `resource`. */
  readonly metadata: PublishedMetadata | undefined
}

/**
 * Makes a guard of an issuer and an audience, of several issuers, or of a verifier. Hand it to an adapter: `honoGuard(guard)`,
 * `expressGuard(guard)` and so on. Fails with `guard_invalid` and `policy_invalid`.
 */
export function createGuard<C = ProvenClaims>(options: GuardOptions<C>): Guard<Principal<C>> {
  const { cookie, clock = systemClock, claims: schema } = options
  assertGuardOptions(options)
  const issuers = issuersFor(options, clock)
  const metadata = options.resource && toMetadata(options.resource, issuers.urls)
  const judge = createJudge<C>({ issuers, schema, clock })
  const decide = createDecide(judge, cookie)
  const { conclude, describe, find } = createConclude<C>({ options, issuers, clock, metadata })

  const shared = {
    async explain(request: Credentials, need?: Need) {
      assertNeed(need)
      return describe(await decide(request, need), { request, need })
    },
    findExplanation: find,
    ready: issuers.ready,
    health: () => toHealth(issuers),
    onRevoked: createOnRevoked(issuers),
    close: issuers.close,
    [Symbol.dispose]: issuers.close,
    metadata,
    checkToken(token: string, need?: Need) {
      assertNeed(need)
      return conclude(judge(token, need), { request: bareRequest(token), need })
    },
  }
  const check = (request: Credentials, need?: Need) => {
    assertNeed(need)
    return conclude(decide(request, need), { request, need })
  }
  const principalFor = (request: object) => callerOf<C>(request, issuers)
  const isAnonymous = (request: Credentials) => isMissing(request, cookie)
  return Object.freeze({
    ...shared,
    check,
    principalOf: (request: object) => principalFor(request) ?? raise('principal_missing'),
    optional: toOptional({ ...shared, check }, { principalFor, isAnonymous, ...options }),
  })
}

function issuersFor<C>(options: GuardOptions<C>, clock: Clock): Issuers {
  const { fetch, timer = systemTimer, revocation, onEvent } = options
  return createIssuers(options, {
    clock,
    timer,
    fetch,
    revocation,
    onLookup: (health) => tell(onEvent, { kind: 'keys', health }),
    onNews: (news, list) => tell(onEvent, { kind: 'revocation', news, list }),
  })
}

/** The same guard, for routes that are open to everybody. */
function toOptional<C>(
  guard: Omit<Guard<Principal<C>>, 'optional' | 'principalOf'>,
  parts: {
    principalFor(request: object): Principal<C> | undefined
    isAnonymous(request: Credentials): boolean
    readonly onEvent?: EventListener
  },
): Guard<Principal<C> | undefined> {
  const optional: Guard<Principal<C> | undefined> = Object.freeze({
    ...guard,
    check(request: Credentials, need?: Need) {
      if (!parts.isAnonymous(request)) return guard.check(request, need)
      tell(parts.onEvent, { kind: 'allowed', subject: undefined })
      return nobody
    },
    principalOf: parts.principalFor,
    get optional() {
      return optional
    },
  })
  return optional
}

function isMissing(request: Credentials, cookie: CookieOptions | undefined): boolean {
  if (usualToken(request.header('authorization')) !== undefined) return false
  return readCredentials(request, cookie).kind === 'missing'
}

const nobody = Object.freeze({ allowed: true, principal: undefined } as const)

/** The caller, if it was this guard that let the request through: another one's claims may have another form. */
function callerOf<C>(request: object, by: Issuers): Principal<C> | undefined {
  const caller = recallPrincipal(request)
  if (caller === undefined || isMadeBy<C>(caller, by)) return caller
  throw fail('principal_missing', { detail: 'another guard did' })
}

function raise(code: 'principal_missing'): never {
  throw fail(code)
}

function toHealth(all: Issuers): GuardHealth {
  const [issuers, lists] = [all.health(), all.lists()]
  const usable = issuers.every((one) => one.usable) && lists.every(({ current }) => current)
  return { usable, issuers, lists }
}

/** A token that came without a request, as if one had brought it. */
function bareRequest(token: string): Credentials {
  return {
    method: 'GET',
    url: '/',
    header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
  }
}
