import type { Seconds } from '@countersign/token/internal'
import type { BucketRule } from './bucket.ts'
import type { FailedAttempts } from './attempt-delay.ts'

/** What is limited, under keys that tell nothing. */
export interface Limits {
  /** Takes a token from a bucket; answers 0, or the whole seconds until there is one. However many ask at once, no more get one than there are. */
  take(key: string, rule: BucketRule, now: Seconds): Promise<Seconds>
  /** Those that there are. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, FailedAttempts>>
  /** All of them, made where they were not; in a transaction nobody else changes them until it ends. */
  lock(keys: readonly string[]): Promise<ReadonlyMap<string, FailedAttempts>>
  put(key: string, guesses: FailedAttempts): Promise<void>
  /** Deletes what has meant nothing since `before`; answers how many. `pruneLimits` knows when that is. */
  prune(before: Seconds): Promise<number>
}
