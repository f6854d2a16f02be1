import { judgeAge, untilDue, type SignedIn } from './kept.ts'
import type { Platform, Seconds } from './platform.ts'
import type { Refresher } from './refresh.ts'
import type { View } from './view.ts'

const pause: Seconds = 1 // at least, between two looks
const doze: Seconds = 30 // at most: a timer sleeps while a laptop does, and only a look at the clock shows it
const longestBackoff: Seconds = 60

/**
 * Renews a session ahead of time, while somebody looks at this page; nobody then waits for a refresh. Elsewhere it is renewed when it is
 * needed: a tab in the background, and a process, keep no session alive that nobody uses.
 *
 * What another tab has asked for is taken up at once, watched or not: it waits for its turn behind that tab, and finds nothing to do. But a
 * tab that was closed before its answer came leaves a used refresh token behind, which is good for another ten seconds.
 *
 * What comes back ends it.
 */
export function refreshAhead(
  view: View,
  refresher: Refresher,
  platform: Platform,
  share: number,
): () => void {
  const alarm = createAlarm(platform)
  let failures = 0
  const isDue = (kept: SignedIn) => judgeAge(kept, platform.now(), share) !== 'fresh'

  const planByAge = () => {
    const { kept } = view
    if (kept.status !== 'signed_in') return alarm.stop()
    if (isDue(kept)) {
      if (failures > 0) return
      if (kept.askedAt === null) alarm.set(0, look)
      else look()
    } else {
      failures = 0
      alarm.set(untilDue(kept, platform.now(), share), look)
    }
  }
  const look = () => {
    const { kept } = view
    if (kept.status !== 'signed_in') return
    if (isDue(kept)) void renew().catch(() => alarm.set(longestBackoff, look))
    else planByAge()
  }
  const renew = async () => {
    const { failure } = await refresher.refresh(isDue)
    failures = failure ? failures + 1 : 0
    if (!failure) return planByAge()
    alarm.set(backoff(failures, platform.random(), failure.facts['retryAfter']), look)
  }
  view.onKept(planByAge)
  const sleep = platform.onWake(() => {
    failures = 0
    void view.load().catch(() => {})
  })
  return () => {
    sleep()
    alarm.stop()
  }
}

/** One timer, which goes off only while somebody looks at the page. */
function createAlarm({ after, isWatched }: Platform) {
  let cancel = () => {}
  return {
    set(wait: Seconds, work: () => void) {
      cancel()
      if (!isWatched()) return
      cancel = after(Math.max(pause, Math.min(doze, wait)), () => {
        if (isWatched()) work()
      })
    },
    stop: () => cancel(),
  }
}

/** How long to leave the server alone after so many failures: longer each time, not all at once, and as long as it has asked for. */
function backoff(failures: number, random: number, asked: unknown): Seconds {
  const wait = Math.min(longestBackoff, 2 ** failures) * (0.5 + random / 2)
  return Math.max(wait, typeof asked === 'number' ? asked : 0)
}
