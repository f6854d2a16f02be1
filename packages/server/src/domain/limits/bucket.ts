import type { Seconds } from '@countersign/token/internal'

/** A bucket of tokens: it holds so many, and fills from empty to full, evenly, in so many seconds. */
export interface BucketRule {
  readonly capacity: number
  readonly period: Seconds
}

/** What became of a wish for a token. */
export interface Taken {
  readonly granted: boolean
  /** When the bucket is full again, in milliseconds since 1970. This one number is all that is kept of a bucket. */
  readonly fullAt: number
  /** Whole seconds until there is a token; 0 when one was granted. */
  readonly wait: Seconds
}

/** A rule in whole milliseconds: what one token takes to come back, rounded up, and what an empty bucket takes to be full. */
export function spansOf({ capacity, period }: BucketRule): {
  readonly token: number
  readonly whole: number
} {
  const token = Math.ceil((period * 1000) / capacity)
  return { token, whole: token * capacity }
}

/**
 * Takes a token, where there is one. A bucket is known by the time at which it is full again; one that was never used, or whose time has
 * come, is full. So is one whose time is further ahead than two buckets take to fill: a clock that has been set back since wrote it, and
 * nobody waits until it is there again. Less far, it may be another server's clock. The store does the same in one statement.
 */
export function take(fullAt: number | undefined, rule: BucketRule, now: Seconds): Taken {
  const { token, whole } = spansOf(rule)
  const at = Math.floor(now * 1000)
  const known = fullAt !== undefined && fullAt > at && fullAt <= at + 2 * whole
  const next = (known ? fullAt : at) + token
  if (next <= at + whole) return { granted: true, fullAt: next, wait: 0 }
  return { granted: false, fullAt: next - token, wait: Math.ceil((next - whole - at) / 1000) }
}
