import type { Algorithm } from './jws/algorithms.ts'
import type { Clock, Seconds, Timer } from './lib/clock.ts'
import { generateKey, type SigningKey } from './jwk/key.ts'

/**
 * A clock for tests that only moves when told to, and a timer that depends on it.
 *
 * @example
 * import type { FixedClock } from '@countersign/token/testing'
 *
 * const skipAnHour = (clock: FixedClock) => clock.advance(3600)
 */
export interface FixedClock extends Clock, Timer {
  /** Moves the clock forward by some seconds, and runs the timers that are due, each at its own time. */
  advance(by: Seconds): void
}

/**
 * Makes a clock that shows `at`, in seconds since 1970.
 *
 * @example
 * import { fixedClock } from '@countersign/token/testing'
 *
 * const clock = fixedClock(1_800_000_000)
 * clock.advance(60)
 * console.log(clock.now()) // 1800000060
 */
export function fixedClock(at: Seconds): FixedClock {
  let now = at
  const due = new Map<() => void, Seconds>()
  const next = (until: Seconds) =>
    [...due].filter(([, when]) => when <= until).toSorted(([, a], [, b]) => a - b)[0]
  return {
    now: () => now,
    after(delay, work) {
      const once = () => work() // a new function each time, so that the same work can be scheduled twice
      due.set(once, now + delay)
      return () => due.delete(once)
    },
    advance(by) {
      const until = now + by
      for (let entry = next(until); entry; entry = next(until)) {
        const [work, when] = entry
        due.delete(work)
        now = Math.max(now, when)
        work()
      }
      now = until
    },
  }
}

const throwaway = new Map<Algorithm, SigningKey>()

/**
 * Returns a key for tests, generated once for each algorithm and process, because generating an RSA key takes a second. It exists only in
 * this process. Use `generateKey` for a key that no other test shares.
 *
 * @example
 * import { throwawayKey } from '@countersign/token/testing'
 *
 * const key = throwawayKey('RS256')
 */
export function throwawayKey(algorithm: Algorithm = 'ES256'): SigningKey {
  const known = throwaway.get(algorithm) ?? generateKey(algorithm)
  throwaway.set(algorithm, known)
  return known
}
