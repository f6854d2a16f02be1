import { toFailure, type ServerResponse } from './server-response.ts'
import type { SendRequest } from './send-request.ts'
import type { CountersignError } from './failures.ts'
import { retryRefresh } from './retry-refresh.ts'
import { refreshMembers, type StoredSession, type SignedIn } from './stored-session.ts'
import type { Platform, Seconds } from './platform.ts'
import {
  markStarted,
  refreshOutcome,
  newSignedIn,
  applyOutcome,
  type RefreshOutcome,
} from './refresh-outcome.ts'
import { withTabLock } from './tab-lock.ts'
import type { SessionStore } from './session-store.ts'

/** The result of a refresh: the stored session, and the failure if it could not be refreshed. */
export interface RefreshResult {
  readonly stored: StoredSession
  readonly failure?: CountersignError
}

/** Returns true if a session still needs a refresh; another tab may have refreshed it meanwhile. */
export type IsStillNeeded = (stored: SignedIn) => boolean

/** Refreshes a session once for many concurrent callers and tabs. */
export interface Refresher {
  /**
   * Exchanges the refresh token for a new access token and a new refresh token, if that is still needed once this tab holds the
   * lock. Rejects for nothing that the server causes: see `failure`. `after401`: the refresh is made because an API rejected the token.
   */
  refresh(isStillNeeded: IsStillNeeded, after401?: boolean): Promise<RefreshResult>
  /**
   * Runs `work` while no refresh runs, in any tab: for a request whose response replaces the tokens. A refresh that overlaps it would send the
   * refresh token that the request has made useless, and its refusal would sign the user out. So does a tab that steals the lock after 5 s, and a
   * response that is lost: the user signs in again then.
   */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  /** Asks the server whether the browser has the cookies of a session, when the storage knows of none. */
  detectCookieSession(): Promise<RefreshResult>
}

/** The dependencies of a {@link Refresher}. */
interface RefresherOptions {
  readonly platform: Platform
  readonly mode: 'bearer' | 'cookie'
  /** The name of the tab lock; `null` if no other tab shares the session. */
  readonly name: string | null
}

/** Creates the {@link Refresher} of a session. */
export function createRefresher(
  store: SessionStore,
  sendRequest: SendRequest,
  { platform, mode, name }: RefresherOptions,
): Refresher {
  const sendRefresh = (stored?: SignedIn): Promise<ServerResponse> => {
    const body = stored ? { body: refreshMembers(stored) } : {}
    const request = { method: 'POST', path: '/refresh', ...body }
    return retryRefresh((signal) => sendRequest({ ...request, signal }), platform)
  }
  const refreshNow = async (
    isStillNeeded: IsStillNeeded,
    after401: boolean,
    mayRepeat = true,
  ): Promise<RefreshResult> => {
    let marked: SignedIn | undefined
    const stored = await store.update((found) => {
      if (found.status !== 'signed_in' || !isStillNeeded(found)) return found
      marked = markStarted(found, platform.now(), after401, platform.newId())
      return marked
    })
    const started = marked
    if (!started) return { stored }
    const response = await sendRefresh(started)
    if (response.kind === 'lost' && response.suspended && mayRepeat)
      return refreshNow(isStillNeeded, after401, false)
    const outcome = refreshOutcome(response, mode)
    const updated = await store.update((found) => applyOutcome(found, started, outcome))
    return { stored: updated, ...failureOf(outcome) }
  }
  const detectNow = async (): Promise<RefreshResult> => {
    const known = await store.peek()
    if (known.status === 'signed_in') return { stored: await store.load() } // another tab has found it meanwhile
    const requestedAt = platform.now()
    const outcome = refreshOutcome(await sendRefresh(), mode)
    if (outcome.kind === 'failed') return { stored: known, ...failureOf(outcome) }
    if (outcome.kind === 'signed_out') return { stored: await store.load() } // the stored reason may be more precise
    const next = newSignedIn(outcome.tokenResponse, requestedAt, platform.newId())
    return { stored: await store.update((found) => (found.status === 'signed_in' ? found : next)) }
  }
  const withLock = async (work: () => Promise<RefreshResult>): Promise<RefreshResult> =>
    withTabLock(platform, name, lockWaitFor(await store.peek(), platform.now()), work)
  const stored = () => store.stored
  return shareRefresh({ platform, stored, withLock, refreshNow, detectNow })
}

interface SharedRefreshOptions {
  readonly platform: Platform
  stored(): StoredSession
  withLock(work: () => Promise<RefreshResult>): Promise<RefreshResult>
  refreshNow(isStillNeeded: IsStillNeeded, after401: boolean): Promise<RefreshResult>
  detectNow(): Promise<RefreshResult>
}

/** Shares one refresh among all callers of this tab, and sends none before the time of the server's Retry-After. */
function shareRefresh({
  platform,
  stored,
  withLock,
  refreshNow,
  detectNow,
}: SharedRefreshOptions): Refresher {
  let running: Promise<RefreshResult> | undefined
  const cooldown = createCooldown(platform)
  const run = (work: () => Promise<RefreshResult>): Promise<RefreshResult> => {
    running = withLock(work).finally(() => (running = undefined))
    return running
  }
  const runRefresh = (work: () => Promise<RefreshResult>) => run(() => work().then(cooldown.begin))
  const refresh: Refresher['refresh'] = async (isStillNeeded, after401 = false) => {
    if (running) {
      const result = await running
      const { stored: found, failure } = result
      if (failure || found.status !== 'signed_in' || !isStillNeeded(found)) return result
      return refresh(isStillNeeded, after401)
    }
    return cooldown.result() ?? runRefresh(() => refreshNow(isStillNeeded, after401))
  }
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running) {
      await running.catch(() => {})
      return exclusively(work)
    }
    let outcome: Promise<T> | undefined
    await run(async () => {
      outcome = work()
      await outcome.catch(() => {}) // the failure is the caller's; callers that wait for a refresh see the session as it is
      return { stored: stored() }
    })
    return outcome as Promise<T> // set by the work
  }
  const detectCookieSession = () => running ?? runRefresh(detectNow)
  return { refresh, exclusively, detectCookieSession }
}

/** Keeps the result of a refresh until the time of the server's Retry-After. */
function createCooldown({ now }: Pick<Platform, 'now'>) {
  let kept:
    | { readonly from: Seconds; readonly until: Seconds; readonly result: RefreshResult }
    | undefined
  return {
    begin(result: RefreshResult): RefreshResult {
      const wait = result.failure?.facts['retryAfter']
      const from = now()
      kept = typeof wait === 'number' ? { from, until: from + wait, result } : undefined
      return result
    },
    /** Returns the result that still counts. */
    result: () => (kept && now() >= kept.from && now() < kept.until ? kept.result : undefined),
  }
}

/**
 * Within the server's grace of ten seconds: a tab that steals the lock sends the same refresh token as the tab that held it, and
 * gets the same new tokens.
 */
const maxLockWait: Seconds = 5
const minLockWait: Seconds = 1

/** Returns how long to wait for the lock: until the refresh that another tab has started must have ended. */
function lockWaitFor(stored: StoredSession, now: Seconds): Seconds {
  const elapsed =
    stored.status === 'signed_in' && stored.refreshStartedAt !== null
      ? now - stored.refreshStartedAt
      : 0
  return Math.max(minLockWait, Math.min(maxLockWait, maxLockWait - elapsed))
}

function failureOf(outcome: RefreshOutcome): { readonly failure?: CountersignError } {
  return outcome.kind === 'failed' ? { failure: toFailure(outcome.response) } : {}
}
