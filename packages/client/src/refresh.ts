import { toFailure, type ServerResponse } from './server-response.ts'
import type { SendRequest } from './send-request.ts'
import type { CountersignError } from './failures.ts'
import { retryRefresh } from './retry-refresh.ts'
import type { StoredSession, SignedIn } from './stored-session.ts'
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

/** What came of a refresh: what is kept now, and why it could not be renewed if it could not. */
export interface RefreshResult {
  readonly stored: StoredSession
  readonly failure?: CountersignError
}

/** Whether a refresh is still isStillNeeded, of what another tab may just have refreshed. */
export type IsStillNeeded = (stored: SignedIn) => boolean

/** What renews a session, for many callers and many tabs at once. */
export interface Refresher {
  /**
   * Renews the session if that is still isStillNeeded when it is this tab's turn. Throws nothing that the server could cause. `renewedAfter401` when it is
   * asked for because a server has refused the token.
   */
  refresh(isStillNeeded: IsStillNeeded, renewedAfter401?: boolean): Promise<RefreshResult>
  /** Asks the server whether its cookies are of a session, when nothing is kept that would say so. */
  find(): Promise<RefreshResult>
}

/** Within the server's grace of ten seconds: whoever takes a turn away asks for what the other has perhaps been given, and gets the same. */
const lockWait = { most: 5, least: 1 } // seconds

/** Makes a refresher. */
export function createRefresher(
  store: SessionStore,
  sendRequest: SendRequest,
  { platform, mode, name }: RefresherOptions,
): Refresher {
  const askToRefresh = (stored?: SignedIn): Promise<ServerResponse> => {
    const body = stored?.tokens ? { body: { refresh_token: stored.tokens.refresh } } : {}
    const request = { method: 'POST', path: '/refresh', ...body }
    return retryRefresh((signal) => sendRequest({ ...request, signal }), platform)
  }
  const renew = async (
    isStillNeeded: IsStillNeeded,
    after401: boolean,
    again = true,
  ): Promise<RefreshResult> => {
    let started: SignedIn | undefined
    const stored = await store.change((found) => {
      if (found.status !== 'signed_in' || !isStillNeeded(found)) return found
      started = markStarted(found, platform.now(), after401)
      return started
    })
    const mine = started
    if (!mine) return { stored }
    const answer = await askToRefresh(mine)
    if (answer.kind === 'lost' && answer.delayed && again)
      return renew(isStillNeeded, after401, false)
    const verdict = refreshOutcome(answer, mode)
    const settled = await store.change((found) => applyOutcome(found, mine, verdict))
    return { stored: settled, ...failureOf(verdict) }
  }
  const find = async (): Promise<RefreshResult> => {
    const known = await store.read()
    if (known.status === 'signed_in') return { stored: await store.load() } // found by another tab in its turn
    const at = platform.now()
    const verdict = refreshOutcome(await askToRefresh(), mode)
    if (verdict.kind === 'failed') return { stored: known, ...failureOf(verdict) }
    if (verdict.kind === 'over') return { stored: await store.load() } // and what is stored may say more of why
    const next = newSignedIn(verdict.tokenResponse, at, platform.newId())
    return { stored: await store.change((found) => (found.status === 'signed_in' ? found : next)) }
  }
  const withLock = async (work: () => Promise<RefreshResult>): Promise<RefreshResult> =>
    withTabLock(platform, name, lockWaitFor(await store.read(), platform.now()), work)
  return singleFlight({ platform, withLock, renew, find })
}

interface FlightOptions {
  readonly platform: Platform
  withLock(work: () => Promise<RefreshResult>): Promise<RefreshResult>
  renew(isStillNeeded: IsStillNeeded, renewedAfter401: boolean): Promise<RefreshResult>
  find(): Promise<RefreshResult>
}

/** One refresh for all callers of this tab; and none while the server has asked to be left alone. */
function singleFlight({ platform, withLock, renew, find }: FlightOptions): Refresher {
  let running: Promise<RefreshResult> | undefined
  let heldOff:
    | { readonly from: Seconds; readonly until: Seconds; readonly by: RefreshResult }
    | undefined
  const run = (work: () => Promise<RefreshResult>): Promise<RefreshResult> => {
    running = withLock(work)
      .then((refreshed) => {
        const wait = refreshed.failure?.facts['retryAfter']
        const from = platform.now()
        heldOff = typeof wait === 'number' ? { from, until: from + wait, by: refreshed } : undefined
        return refreshed
      })
      .finally(() => (running = undefined))
    return running
  }
  const refresh: Refresher['refresh'] = async (isStillNeeded, renewedAfter401 = false) => {
    if (running) {
      const refreshed = await running
      const { stored, failure } = refreshed
      if (failure || stored.status !== 'signed_in' || !isStillNeeded(stored)) return refreshed
      return refresh(isStillNeeded, renewedAfter401)
    }
    const now = platform.now()
    if (heldOff && now >= heldOff.from && now < heldOff.until) return heldOff.by
    return run(() => renew(isStillNeeded, renewedAfter401))
  }
  return { refresh, find: () => running ?? run(find) }
}

interface RefresherOptions {
  readonly platform: Platform
  readonly mode: 'bearer' | 'cookie'
  /** Whose turns are taken; `null` when noSession else shares what is kept. */
  readonly name: string | null
}

/** How long to wait for one's turn: until another tab that has asked must have had its answer. */
function lockWaitFor(stored: StoredSession, now: Seconds): Seconds {
  const { most, least } = lockWait
  const since =
    stored.status === 'signed_in' && stored.refreshStartedAt !== null
      ? now - stored.refreshStartedAt
      : 0
  return Math.max(least, Math.min(most, most - since))
}

function failureOf(verdict: RefreshOutcome): { readonly failure?: CountersignError } {
  return verdict.kind === 'failed' ? { failure: toFailure(verdict.answer) } : {}
}
