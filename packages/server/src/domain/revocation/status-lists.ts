import type { Seconds } from '@countersign/token/internal'
import type { StatusChange, StoredStatusList } from './status-list.ts'

/** Status lists, and the bits that were set. */
export interface StatusLists {
  /** The one whose indices are given out. A new one is added under the lock `status_lists`. */
  newest(): Promise<StoredStatusList | undefined>
  /** All of them, the oldest first. */
  list(): Promise<readonly StoredStatusList[]>
  add(list: StoredStatusList, now: Seconds): Promise<void>
  /** The number of the newest change; 0 when there was none. */
  lastSeq(): Promise<number>
  /** Changes in order, from the one after `after`; only those since a time, where one is given. */
  changes(after: number, limit: number, since?: Seconds): Promise<readonly StatusChange[]>
  /** Forgets changes before a time, but for the newest, from which the next one counts on; answers how many. */
  prune(before: Seconds): Promise<number>
}
