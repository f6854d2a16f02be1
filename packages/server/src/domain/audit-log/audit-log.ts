import type { Seconds } from '@countersign/token/internal'
import type { Locks } from '../kernel/transactions.ts'
import type { Entry, Link } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { EventType } from './event.ts'

// The audit log: security events in a chain of keyed hashes, so that later changes show, with signed checkpoints. Every topic above writes to it,
// by `recordEvents`, in the transaction of what happened.

/** Which entries of the audit log to list. */
export interface EntryFilter {
  readonly userId?: string | undefined
  readonly type?: string | undefined
  /** Only those with a lower number. */
  readonly before?: number | undefined
  /** Only those from this time on. */
  readonly since?: Seconds | undefined
  /** Only those before this time. */
  readonly until?: Seconds | undefined
}

/** Whose personal data to erase: that of one user, or that of every entry before a time. */
export type Erasure = { readonly user: string } | { readonly before: Seconds }

/** The audit log in the database. Only `recordEvents` adds entries, and only `erase` changes any: it removes personal data. */
export interface AuditLog {
  /** Returns the newest entry. Hold the lock `audit_log` to add the one that follows. */
  last(): Promise<(Link & { readonly type: string }) | undefined>
  find(seq: number): Promise<Entry | undefined>
  /** Returns the newest entry of a type. */
  lastOf(type: string): Promise<Entry | undefined>
  /** Lists entries in order, from the one after `after`. */
  page(after: number, limit: number): Promise<readonly Entry[]>
  /** Lists the newest entries first: of all, of one user, of one type, before an entry, or of a span of time. */
  newest(limit: number, filter?: EntryFilter): Promise<readonly Entry[]>
  /** Counts the events of a type since a time, up to `max`: one for each entry, and as many more as an entry says that it stands for. */
  countSince(type: EventType, since: Seconds, max: number): Promise<number>
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

/** What a transaction needs so that events can be recorded in it. */
export interface AuditLogTx extends AuditLogTables, Locks {}
