import { tokenAge, secondsUntilDue, type SignedIn } from './stored-session.ts'
import type { Platform, Seconds } from './platform.ts'
import type { Refresher } from './refresh.ts'
import type { SessionStore } from './session-store.ts'

const minTimerDelay: Seconds = 1 // at least, between two looks
const maxTimerDelay: Seconds = 30 // at most: a timer sleeps while a laptop does, and only a look at the clock shows it
const maxBackoff: Seconds = 60

/**
 * Renews a session ahead of time, while somebody looks at this page; noSession then waits for a refresh. Elsewhere it is renewed when it is
 * needed: a tab in the background, and a process, keep no session alive that noSession uses.
 *
 * What another tab has asked for is taken up at once, watched or not: it waits for its turn behind that tab, and finds nothing to do. But a
 * tab that was closed before its answer came leaves a used refresh token behind, which is good for another ten seconds.
 *
 * What comes back ends it.
 */
export function proactiveRefresh(
  store: SessionStore,
  refresher: Refresher,
  platform: Platform,
  share: number,
): () => void {
  const alarm = createAlarm(platform)
  let failures = 0
  const isDue = (stored: SignedIn) => tokenAge(stored, platform.now(), share) !== 'fresh'

  const planByAge = () => {
    const { stored } = store
    if (stored.status !== 'signed_in') return alarm.stop()
    if (isDue(stored)) {
      if (failures > 0) return
      if (stored.refreshStartedAt === null) alarm.set(0, look)
      else look()
    } else {
      failures = 0
      alarm.set(secondsUntilDue(stored, platform.now(), share), look)
    }
  }
  const look = () => {
    const { stored } = store
    if (stored.status !== 'signed_in') return
    if (isDue(stored)) void renew().catch(() => alarm.set(maxBackoff, look))
    else planByAge()
  }
  const renew = async () => {
    const { failure } = await refresher.refresh(isDue)
    failures = failure ? failures + 1 : 0
    if (!failure) return planByAge()
    alarm.set(backoff(failures, platform.random(), failure.facts['retryAfter']), look)
  }
  store.onChange(planByAge)
  const sleep = platform.onPageActive(() => {
    failures = 0
    void store.load().catch(() => {})
  })
  return () => {
    sleep()
    alarm.stop()
  }
}

/** One timer, which goes off only while somebody looks at the page. */
function createAlarm({ after, isPageVisible }: Platform) {
  let cancel = () => {}
  return {
    set(wait: Seconds, work: () => void) {
      cancel()
      if (!isPageVisible()) return
      cancel = after(Math.max(minTimerDelay, Math.min(maxTimerDelay, wait)), () => {
        if (isPageVisible()) work()
      })
    },
    stop: () => cancel(),
  }
}

/** How long to leave the server alone after so many failures: longer each time, not all at once, and as long as it has asked for. */
function backoff(failures: number, random: number, asked: unknown): Seconds {
  const wait = Math.min(maxBackoff, 2 ** failures) * (0.5 + random / 2)
  return Math.max(wait, typeof asked === 'number' ? asked : 0)
}
