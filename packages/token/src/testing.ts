import type { Algorithm } from './algorithms.ts'
import type { Clock, Seconds } from './clock.ts'
import { generateKey, type SigningKey } from './key.ts'

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
