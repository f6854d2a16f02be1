import type { Clock } from '@countersign/token'
import { fail } from '../failures.ts'

/** A quantity that arrived over a feed. */
interface Received {
  readonly events?: number
  readonly bytes?: number
}

// An issuer sends a hundred events when 100,000 sessions end at once, and some hundred in a second when they end one by one. A guard verifies one
// in 0.1 ms, so a relay that repeats events takes a tenth of a processor.
const maxEventsAtOnce = 10_000
const maxEventsPerSecond = 1_000
const bytesOfAnEvent = 1_024 // to parse as many costs no more than verifying an event

/**
 * Creates the limit on what a feed may send, over all its connections (a token bucket): some thousand events at once, and fewer in each second. The
 * function that it returns fails with `feed_broken` beyond that.
 */
export function createFeedBudget({ now }: Clock): (received: Received) => void {
  let left = maxEventsAtOnce
  let filledAt = now()
  return ({ events = 0, bytes = 0 }) => {
    const at = now()
    left = Math.min(maxEventsAtOnce, left + (at - filledAt) * maxEventsPerSecond)
    filledAt = at
    left -= events + bytes / bytesOfAnEvent
    if (left < 0) throw fail('feed_broken', { detail: 'it sends too many events' })
  }
}
