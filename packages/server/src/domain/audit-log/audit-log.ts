import type { Entry, Link } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Erasure } from './erase-personal-data.ts'

/** Which entries of the audit log. */
export interface EntryFilter {
  readonly userId?: string | undefined
  readonly type?: string | undefined
  /** Only those with a lower number. */
  readonly before?: number | undefined
}

/** The audit log. Entries are added by `recordEvents` alone, and nothing of them is changed but what `erase` leaves out. */
export interface AuditLog {
  /** The newest entry. What is to follow it is added under the lock `audit log`. */
  last(): Promise<(Link & { readonly type: string }) | undefined>
  find(seq: number): Promise<Entry | undefined>
  /** The newest of a type. */
  lastOf(type: string): Promise<Entry | undefined>
  /** In order, from the one after `after`. */
  page(after: number, limit: number): Promise<readonly Entry[]>
  /** The newest first: of all, of one user, of one type, and those before an entry. */
  newest(limit: number, filter?: EntryFilter): Promise<readonly Entry[]>
  add(entries: readonly Entry[]): Promise<void>
  /** Erases the personal data of a user's entries, or of all before a time; answers of how many. */
  erase(whose: Erasure): Promise<number>
  /** In order, from the one after `after`. */
  checkpoints(after: number, limit: number): Promise<readonly Checkpoint[]>
  addCheckpoint(checkpoint: Checkpoint): Promise<void>
}
