import type { Seconds } from '@countersign/token/internal'
import type { Locks } from '../kernel/transactions.ts'
import type { StatusChange, StoredStatusList } from './status-list.ts'

// Revocation: status lists (draft-ietf-oauth-status-list) with one bit for each session, in the database, in memory and as published, and the
// feed that pushes changes to guards. `sessions` sets a bit when it ends a session.

/** The tables of status lists and of the bits that were set. */
export interface StatusLists {
  /** Returns the list that new sessions get their indices from. Add a new one under the lock `status_lists`. */
  newest(): Promise<StoredStatusList | undefined>
  /** Lists all of them, the oldest first. */
  list(): Promise<readonly StoredStatusList[]>
  add(list: StoredStatusList, now: Seconds): Promise<void>
  /** Returns the number of the newest change; 0 if there was none. */
  lastSeq(): Promise<number>
  /** Lists changes in order, from the one after `after`; only those since a time, if one is given. */
  changes(after: number, limit: number, since?: Seconds): Promise<readonly StatusChange[]>
  /** Deletes changes before a time, except the newest, from which numbering continues; returns how many. */
  prune(before: Seconds): Promise<number>
}

/** The tables of status lists, as part of a store. */
export interface StatusListTables {
  readonly statusLists: StatusLists
}

/** Status changes get numbers after the commit of their transactions. A port; `store/` supplies it. */
export interface StatusNumbering {
  /**
   * Gives numbers to changes that were committed and have none: a process that sets bits does so after its commit, but may crash before. Changes
   * without a number are not read. Returns false if the database is a standby: then it numbers nothing, and what is read may be old.
   */
  numberStatusChanges(): Promise<boolean>
}

/** The tables and locks of a transaction in which a session gets a status index. */
export interface StatusListTx extends StatusListTables, Locks {}

/** The policy on how revocations reach guards. */
export interface RevocationPolicy {
  /** Seconds for which a guard may use a status list without asking again. */
  readonly listTtl: Seconds
  /** Seconds between two heartbeats of a feed. */
  readonly heartbeat: Seconds
  /** The maximum number of guards that follow the feeds of one server. */
  readonly feedConnections: number
}
