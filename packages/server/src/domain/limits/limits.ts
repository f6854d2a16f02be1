import type { Seconds } from '@countersign/token/internal'
import type { FailedAttempts } from './attempt-delay.ts'
import type { BucketRule } from './bucket.ts'

// Limits: token buckets for requests, login throttling for wrong passwords, and quotas for each client network. `attempt-throttle.ts` is the
// entry for passwords, `limit-rate.ts` for requests.

/** The counters of limits in the database, under keys that reveal nothing. */
export interface Limits {
  /** Takes a token from a bucket; returns 0, or the whole seconds until there is one. Atomic: concurrent calls never get more than there are. */
  take(key: string, rule: BucketRule, now: Seconds): Promise<Seconds>
  /** Returns the counters that exist. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, FailedAttempts>>
  /** Returns all of them, creating those that are missing, and locks them until the transaction ends. */
  lock(keys: readonly string[]): Promise<ReadonlyMap<string, FailedAttempts>>
  put(key: string, attempts: FailedAttempts): Promise<void>
  /** Deletes counters that have meant nothing since `before`; returns how many. `pruneLimits` knows when that is. */
  prune(before: Seconds): Promise<number>
}

/** The counters of limits, as part of a store or a transaction. */
export interface LimitTables {
  readonly limits: Limits
}

/** The request limits that the settings make; null for none. */
export interface RequestLimits {
  readonly attempts: BucketRule | null
  readonly changes: BucketRule | null
  /** Mails with codes to one address, and by one user. */
  readonly mails: BucketRule | null
}
