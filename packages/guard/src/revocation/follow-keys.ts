import { systemClock, type Clock } from '@countersign/token'
import { steadyClock, type Seconds } from '@countersign/token/internal'
import { backoff } from '../backoff.ts'
import type { ListSigner } from './list-copy.ts'

const fetchesPerChange = 2 // the first may have met a server that had not read the change yet; the second comes with the next event
const secondsPerFetch: Seconds = 2 // a relay could alternate events with two names, which are both valid for some seconds
const maxAhead: Seconds = 3 * secondsPerFetch // four fetches at once: for the first name, and for a change right after it

/**
 * Fetches the issuer's keys when an event of its feed names other keys than the events before it: a key may have been revoked. Returns the
 * function to call with the name that each verified event has. A fetch that failed, or that would come too soon, is repeated with a later event.
 */
export function followKeys(
  { keys }: ListSigner,
  clock: Clock = systemClock,
): (name: string | undefined) => void {
  const steady = steadyClock(clock)
  let [last, remaining]: [string | undefined, number] = [undefined, 0]
  let [spentUntil, failures]: [Seconds, number] = [steady.now(), 0]
  return (name) => {
    if (name === undefined || !keys.refresh) return
    if (name !== last) remaining = fetchesPerChange
    last = name
    const now = steady.now()
    if (remaining === 0 || spentUntil > now + maxAhead) return
    spentUntil = Math.max(spentUntil, now) + secondsPerFetch
    keys.refresh({ changed: true }).then(
      () => {
        failures = 0
        if (name === last && remaining > 0) remaining--
      },
      () => {
        spentUntil = steady.now() + maxAhead + backoff(++failures) // the health of the keys reports it
      },
    )
  }
}
