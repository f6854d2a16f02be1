import type { Seconds } from '@countersign/token/internal'

/** A mail in the outbox, still encrypted. */
export interface OutboxItem {
  readonly id: string
  readonly kind: string
  readonly payload: string
  readonly createdAt: Seconds
  /** It is not sent after this time, because it would be useless. */
  readonly deliverUntil: Seconds
  /** The number of times it was claimed, this time included. */
  readonly attempts: number
  /** The reason why the last attempt failed; null before. */
  readonly error: string | null
  /** The time at which it became a dead letter; null if it waits. */
  readonly failedAt: Seconds | null
}

/** The table of mails that are to be sent. */
export interface Outbox {
  add(item: OutboxItem): Promise<void>
  /**
   * Claims up to `limit` mails that are due: until `leaseUntil` no other server claims them. Atomic: of several servers at once, one gets each
   * mail. A mail of a server that died is due again when the lease ends.
   */
  claim(now: Seconds, leaseUntil: Seconds, limit: number): Promise<readonly OutboxItem[]>
  /** Deletes a mail that was sent. Does nothing if another server has claimed it since. */
  remove(item: OutboxItem): Promise<void>
  /** Releases a claimed mail: it waits until `next`. Does nothing if another server has claimed it since. */
  defer(item: OutboxItem, next: Seconds, error: string): Promise<void>
  /** Makes a claimed mail a dead letter. Does nothing if another server has claimed it since. */
  bury(item: OutboxItem, now: Seconds, error: string): Promise<void>
  /** Lists dead letters, the newest first. */
  listDead(limit: number): Promise<readonly OutboxItem[]>
  /** Counts the mails that wait, and the dead letters. */
  count(): Promise<{ readonly waiting: number; readonly dead: number }>
  /** Deletes dead letters from before `before`; returns how many. */
  prune(before: Seconds): Promise<number>
}

/** The table of mails, as part of a store or a transaction. */
export interface OutboxTables {
  readonly outbox: Outbox
}
