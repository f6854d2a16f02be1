import { fail } from './failures.ts'
import { stepUpRequestOf, type AnswerChallenge } from './step-up.ts'
import {
  isNewer,
  shouldRenewAfter401,
  tokenFreshness,
  type StoredSession,
  type SignedIn,
} from './stored-session.ts'
import type { Platform } from './platform.ts'
import type { RefreshResult, Refresher } from './refresh.ts'
import type { SessionStore } from './session-store.ts'

/** Provides sessions whose access token is worth sending. */
export interface TokenProvider {
  /** Returns the session with an unexpired token, refreshed first if necessary. Fails with `signed_out`, or with the failure of the refresh. */
  current(): Promise<SignedIn>
  /** Returns a newer session after an API rejected the token of `rejected` with 401; `undefined` if a new token would not help. */
  renewAfter401(rejected: SignedIn): Promise<SignedIn | undefined>
}

/** Creates a {@link TokenProvider}. A token that is due but not expired is refreshed in the background. */
export function createTokenProvider(
  store: SessionStore,
  refresher: Refresher,
  platform: Pick<Platform, 'now'>,
  leadFraction: number,
): TokenProvider {
  const freshness = (stored: SignedIn) => tokenFreshness(stored, platform.now(), leadFraction)
  const isDue = (stored: SignedIn) => freshness(stored) !== 'fresh'
  return {
    async current() {
      const stored = assertSignedIn(store.stored)
      switch (freshness(stored)) {
        case 'fresh':
          return stored
        case 'due':
          void refresher.refresh(isDue).catch(() => {})
          return stored
        case 'expired':
          return sessionOf(await refresher.refresh(isDue))
      }
    },
    async renewAfter401(rejected) {
      const { stored } = store
      if (stored.status === 'signed_in' && isNewer(stored, rejected)) return stored
      if (!shouldRenewAfter401(rejected, platform.now())) return undefined
      const renewed = await refresher.refresh((found) => !isNewer(found, rejected), true)
      return renewed.stored.status === 'signed_in' && isNewer(renewed.stored, rejected)
        ? renewed.stored
        : undefined
    },
  }
}

function sessionOf({ stored, failure }: RefreshResult): SignedIn {
  if (failure) throw failure
  return assertSignedIn(stored)
}

function assertSignedIn(stored: StoredSession): SignedIn {
  if (stored.status === 'signed_in') return stored
  throw fail('signed_out', { facts: { reason: stored.reason } })
}

/** Returns the access token. Fails with `token_hidden` in cookie mode. */
export function accessTokenOf({ tokens }: SignedIn): string {
  if (!tokens) throw fail('token_hidden')
  return tokens.access
}

/** The options of {@link createSessionFetch}. */
export interface FetchOptions {
  readonly mode: 'bearer' | 'cookie'
  readonly fetch: typeof globalThis.fetch
  /** The origins that requests with the session may go to. */
  readonly origins: ReadonlySet<string>
  /** Returns the base URL for relative URLs. */
  baseUrl(): string
  /** Answers a challenge to step up. Without it, the challenge is the response. */
  readonly answerChallenge?: AnswerChallenge
}

/**
 * Creates a `fetch` that authenticates requests with the session. A request that is rejected with 401 is sent again with new tokens: once after
 * a renewal, and once after the user has stepped up (RFC 9470). Requests go to the listed origins only, so that no other site receives a token.
 */
export function createSessionFetch(
  { current, renewAfter401 }: TokenProvider,
  { mode, fetch, origins, baseUrl, answerChallenge }: FetchOptions,
): typeof globalThis.fetch {
  const authenticate = (request: Request, { tokens }: SignedIn): Request => {
    if (tokens) request.headers.set('authorization', `Bearer ${tokens.access}`)
    return request
  }
  return async (input, init) => {
    const credentials = mode === 'cookie' ? { credentials: 'include' as const } : {}
    const target = input instanceof Request ? input : new URL(input, baseUrl())
    const request = new Request(target, { ...init, ...credentials })
    const { origin } = new URL(request.url)
    if (!origins.has(origin)) {
      const detail = `add '${origin}' to the option origins of createSession`
      throw fail('origin_not_allowed', { detail, facts: { origin } })
    }
    const recover = createRecovery(renewAfter401, answerChallenge)
    let session = await unlessAborted(request.signal, current())
    for (let sends = 1; ; sends++) {
      const response = await fetch(authenticate(request.clone(), session)) // a body can be read only once
      if (response.status !== 401 || sends === maxSends) return response
      const next = await unlessAborted(request.signal, recover(session, response))
      if (!next) return response
      await response.body?.cancel()
      session = next
    }
  }
}

/**
 * Creates the recovery of one request from responses with 401: returns a session to send it with again, or `undefined`. A renewal, which does not
 * help against a challenge to step up, and a question to the user happen at most once.
 */
function createRecovery(
  renewAfter401: TokenProvider['renewAfter401'],
  answerChallenge: AnswerChallenge | undefined,
): (rejected: SignedIn, response: Response) => Promise<SignedIn | undefined> {
  let mayRenew = true
  let mayAsk = true
  return async (rejected, response) => {
    const request = stepUpRequestOf(response)
    if (request) {
      const answer = await answerChallenge?.(rejected, request, mayAsk)
      mayAsk &&= !answer?.wasAsked
      return answer?.session
    }
    const renewal = mayRenew ? renewAfter401(rejected) : undefined
    mayRenew = false
    return renewal
  }
}

const maxSends = 4 // the first, one after a renewal, one after a step-up elsewhere that was not enough, one after one's own

/** Rejects when the caller aborts. The work itself continues, because other callers wait for it. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let onAbort = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort)
  })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
