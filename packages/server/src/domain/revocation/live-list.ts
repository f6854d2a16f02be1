import { createStatusList } from '@countersign/token'
import type { StatusList } from '@countersign/token/internal'
import { statusListUri, type StatusChange, type StoredStatusList } from './status-list.ts'

/** A status list in memory, as far as this server has read. */
export interface LiveList {
  readonly id: number
  readonly uri: string
  readonly bits: StatusList
  /** The number of its newest change; 0 when no bit is set. */
  readonly newest: number
  /** Its last changes, the oldest first: all of them after `recentAfter`. */
  readonly recent: readonly StatusChange[]
  readonly recentAfter: number
}

/** A list that is still being read. Changed in place: a list of a million bits is not copied to set one. */
export type GrowingList = { -readonly [Name in keyof LiveList]: LiveList[Name] } & {
  recent: StatusChange[]
}

const remembered = 1_000 // changes of a list that a feed can tell again; more is cheaper told by the list

/** A list in which no bit is set yet. */
export function openList({ id, size }: StoredStatusList, issuer: string): GrowingList {
  const uri = statusListUri(issuer, id)
  return { id, uri, bits: createStatusList(size), newest: 0, recent: [], recentAfter: 0 }
}

/** Sets a bit, and remembers it for a while. */
export function apply(list: GrowingList, change: StatusChange): void {
  list.bits.set(change.index, 1)
  list.newest = change.seq
  list.recent.push(change)
  if (list.recent.length < 2 * remembered) return
  list.recentAfter = list.recent[remembered - 1]?.seq ?? 0
  list.recent.splice(0, remembered)
}

/** The number of the list's own change before `seq`, as far as it is remembered. */
export function changeBefore(list: LiveList, seq: number): number {
  return list.recent.findLast((one) => one.seq < seq)?.seq ?? list.recentAfter
}
