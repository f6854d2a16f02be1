import type { Algorithm } from './algorithms.ts'
import type { Clock, Seconds, Timer } from './clock.ts'
import { generateKey, type SigningKey } from './key.ts'

/** A clock that stands still until it is wound, and a timer that goes by it: for tests. */
export interface FixedClock extends Clock, Timer {
  /** Winds the clock on by some seconds. What was due by then is done, each at its own time. */
  advance(by: Seconds): void
}

/** Makes a clock that stands at `at`, in seconds since 1970. */
export function fixedClock(at: Seconds): FixedClock {
  let now = at
  const due = new Map<() => void, Seconds>()
  const next = (until: Seconds) =>
    [...due].filter(([, when]) => when <= until).toSorted(([, a], [, b]) => a - b)[0]
  return {
    now: () => now,
    after(delay, work) {
      const once = () => work() // its own, so that one work can be due twice
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
 * A key for tests, made once for each algorithm and process: an RSA key takes a second to make. Of no use beyond the process,
 * for nobody else has it. `generateKey` makes one that nobody shares.
 */
export function throwawayKey(algorithm: Algorithm = 'ES256'): SigningKey {
  const known = throwaway.get(algorithm) ?? generateKey(algorithm)
  throwaway.set(algorithm, known)
  return known
}
