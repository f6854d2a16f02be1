import type { Seconds } from '@countersign/token/internal'
import type { Locks } from '../kernel/transactions.ts'
import type { Entry, Link } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { EventType } from './event.ts'
import type { Positions } from './strand.ts'

// The audit log: security events in chains of keyed hashes, the strands, so that later changes show, with signed checkpoints. Every topic above writes to it,
// by `recordEvents`, in the transaction of what happened.

/** The filter of a list of entries of the audit log. */
export interface EntryFilter {
  /** Those of one user; with `null` those of strand 0 that have no user. */
  readonly userId?: string | null | undefined
  readonly type?: string | undefined
  /** Only those with lower numbers than their strand has here. */
  readonly before?: Positions | undefined
  /** Only those from this time on. */
  readonly since?: Seconds | undefined
  /** Only those before this time. */
  readonly until?: Seconds | undefined
}

/** The newest entry of a strand. */
export type Head = Link & { readonly type: string }

/** The personal data to erase: that of one user, or that of every entry before a time. */
export type Erasure = { readonly user: string } | { readonly before: Seconds }

/** The audit log in the database. Only `recordEvents` adds entries, and only `erase` changes any: it removes personal data. */
export interface AuditLog {
  /** The number of strands that the events of users go to, beside strand 0; if it is 0, strand 0 has them all. */
  readonly strands: number
  /** Returns the newest entry of a strand. Hold the lock of the strand to add the one that follows. */
  last(strand: number): Promise<Head | undefined>
  /** Returns the newest entry of each strand, in order; a strand without entries has none. */
  heads(): Promise<readonly Head[]>
  /** Finds an entry of strand 0. */
  find(seq: number): Promise<Entry | undefined>
  /** Returns the newest entry of a type in strand 0, where the events of no user are. */
  lastOf(type: string): Promise<Entry | undefined>
  /** Lists entries strand by strand, each in order, from the one after `after`. */
  page(after: Pick<Link, 'strand' | 'seq'>, limit: number): Promise<readonly Entry[]>
  /**
   * Lists the newest entries first: of all, of one user, of one type, before some positions, or of a span of time. Those of one strand come in their order, and
   * strands are merged by the times of their entries.
   */
  newest(limit: number, filter?: EntryFilter): Promise<readonly Entry[]>
  /** Counts the events of a type since a time, up to `max`: one for each entry, and as many more as an entry says that it stands for. */
  countSince(type: EventType, since: Seconds, max: number): Promise<number>
  /** Adds entries of one strand. */
  add(entries: readonly Entry[]): Promise<void>
  /** Erases the personal data of a user's entries, or of all entries before a time; returns how many entries changed. */
  erase(whose: Erasure): Promise<number>
  /** Lists checkpoints in order, from the one after `after`. */
  checkpoints(after: number, limit: number): Promise<readonly Checkpoint[]>
  addCheckpoint(checkpoint: Checkpoint): Promise<void>
}

/** The audit log as part of a store. */
export interface AuditLogTables {
  readonly auditLog: AuditLog
}

/** The tables and locks of a transaction in which events are recorded. */
export interface AuditLogTx extends AuditLogTables, Locks {}
