import type { Clock, Seconds } from './clock.ts'

/** A clock that stands still until it is wound: for tests. */
export interface FixedClock extends Clock {
  /** Winds the clock on by some seconds. */
  advance(by: Seconds): void
}

/** Makes a clock that stands at `at`, in seconds since 1970. */
export function fixedClock(at: Seconds): FixedClock {
  let now = at
  return {
    now: () => now,
    advance(by) {
      now += by
    },
  }
}
