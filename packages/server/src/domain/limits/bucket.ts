import type { Seconds } from '@countersign/token/internal'

/** A token bucket: it holds `capacity` tokens, and refills from empty to full, evenly, within `period`. */
export interface BucketRule {
  readonly capacity: number
  readonly period: Seconds
}

/** The outcome of taking a token. */
export interface Taken {
  readonly granted: boolean
  /** The time at which the bucket is full again, in milliseconds since 1970. This number is the whole stored state of a bucket. */
  readonly fullAt: number
  /** Whole seconds until there is a token; 0 if one was granted. */
  readonly wait: Seconds
}

/** Converts a rule to whole milliseconds: how long one token takes to refill, rounded up, and how long an empty bucket takes to be full. */
export function spansOf({ capacity, period }: BucketRule): {
  readonly token: number
  readonly whole: number
} {
  const token = Math.ceil((period * 1000) / capacity)
  return { token, whole: token * capacity }
}

/**
 * Takes a token, if there is one. The state of a bucket is the time at which it is full again; a bucket without one, or whose time has passed, is
 * full. So is one whose time is further ahead than two buckets take to fill: it was written by a clock that has been set back since, and must
 * not block for that long. A smaller lead may come from another server's clock. The store does the same in one SQL statement.
 */
export function take(fullAt: number | undefined, rule: BucketRule, now: Seconds): Taken {
  const { token, whole } = spansOf(rule)
  const at = Math.floor(now * 1000)
  const known = fullAt !== undefined && fullAt > at && fullAt <= at + 2 * whole
  const next = (known ? fullAt : at) + token
  if (next <= at + whole) return { granted: true, fullAt: next, wait: 0 }
  return { granted: false, fullAt: next - token, wait: Math.ceil((next - whole - at) / 1000) }
}
