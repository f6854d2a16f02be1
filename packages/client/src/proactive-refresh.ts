import { tokenFreshness, secondsUntilDue, type SignedIn } from './stored-session.ts'
import type { Platform, Seconds } from './platform.ts'
import type { Refresher } from './refresh.ts'
import type { SessionStore } from './session-store.ts'

const minTimerDelay: Seconds = 1
const maxTimerDelay: Seconds = 30 // timers stop while a laptop sleeps, so the clock is checked at least this often
const maxBackoff: Seconds = 60

/**
 * Refreshes the token before it expires, while this page is visible, so that no request waits for a refresh. A tab in the
 * background, and a process, refreshes only when a request needs it: they must not keep an unused session alive.
 *
 * A refresh that another tab has started is joined at once, even by a hidden tab: it waits for the lock behind that tab and then
 * finds nothing to do. If that tab was closed before its response came, this one repeats its refresh.
 *
 * Returns a function that stops it.
 */
export function proactiveRefresh(
  store: SessionStore,
  refresher: Refresher,
  platform: Platform,
  leadFraction: number,
): () => void {
  const timer = createTimer(platform)
  let failures = 0
  const isDue = (stored: SignedIn) =>
    tokenFreshness(stored, platform.now(), leadFraction) !== 'fresh'

  const schedule = () => {
    const { stored } = store
    if (stored.status !== 'signed_in') return timer.stop()
    if (isDue(stored)) {
      if (failures > 0) return
      if (stored.refreshStartedAt === null) timer.set(0, check)
      else check()
    } else {
      failures = 0
      timer.set(secondsUntilDue(stored, platform.now(), leadFraction), check)
    }
  }
  const check = () => {
    const { stored } = store
    if (stored.status !== 'signed_in') return
    if (isDue(stored)) void refresh().catch(() => timer.set(maxBackoff, check))
    else schedule()
  }
  const refresh = async () => {
    const { failure } = await refresher.refresh(isDue)
    failures = failure ? failures + 1 : 0
    if (!failure) return schedule()
    timer.set(backoff(failures, platform.random(), failure.facts['retryAfter']), check)
  }
  store.onSync(schedule)
  const unsubscribe = platform.onPageActive(() => {
    failures = 0
    void store.load().catch(() => {})
  })
  return () => {
    unsubscribe()
    timer.stop()
  }
}

/** Creates a single timer that fires only while the page is visible. */
function createTimer({ after, isPageVisible }: Platform) {
  let cancel = () => {}
  return {
    set(delay: Seconds, work: () => void) {
      cancel()
      if (!isPageVisible()) return
      cancel = after(Math.max(minTimerDelay, Math.min(maxTimerDelay, delay)), () => {
        if (isPageVisible()) work()
      })
    },
    stop: () => cancel(),
  }
}

/** Returns the delay after a number of failures: exponential, with jitter, and at least the server's Retry-After. */
function backoff(failures: number, random: number, retryAfter: unknown): Seconds {
  const delay = Math.min(maxBackoff, 2 ** failures) * (0.5 + random / 2)
  return Math.max(delay, typeof retryAfter === 'number' ? retryAfter : 0)
}
