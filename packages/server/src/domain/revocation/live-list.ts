import { createStatusList } from '@countersign/token'
import type { StatusList } from '@countersign/token/internal'
import { statusListUri, type StatusChange, type StoredStatusList } from './status-list.ts'

/** A status list in memory, as far as this server has read it. */
export interface LiveList {
  readonly id: number
  readonly uri: string
  readonly bits: StatusList
  /** The number of its newest change; 0 if no bit is set. */
  readonly newest: number
  /** Its last changes, the oldest first: all of them after `recentAfter`. */
  readonly recent: readonly StatusChange[]
  readonly recentAfter: number
}

/** A list while it is being read. It is mutable: copying a list of a million bits to set one would cost too much. */
export type GrowingList = { -readonly [Name in keyof LiveList]: LiveList[Name] } & {
  recent: StatusChange[]
}

const maxRecentChanges = 1_000 // changes that a feed can repeat; for more, the whole list is cheaper

/** Makes a list in which no bit is set. */
export function openList({ id, size }: StoredStatusList, issuer: string): GrowingList {
  const uri = statusListUri(issuer, id)
  return { id, uri, bits: createStatusList(size), newest: 0, recent: [], recentAfter: 0 }
}

/** Sets a bit, and adds the change to the recent ones. */
export function apply(list: GrowingList, change: StatusChange): void {
  list.bits.set(change.index, 1)
  list.newest = change.seq
  list.recent.push(change)
  if (list.recent.length < 2 * maxRecentChanges) return
  list.recentAfter = list.recent[maxRecentChanges - 1]?.seq ?? 0
  list.recent.splice(0, maxRecentChanges)
}

/** Returns the number of the list's own change before `seq`, as far as it is among the recent ones. */
export function changeBefore(list: LiveList, seq: number): number {
  return list.recent.findLast((one) => one.seq < seq)?.seq ?? list.recentAfter
}
