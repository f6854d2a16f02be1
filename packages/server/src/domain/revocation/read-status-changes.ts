import type { Seconds } from '@countersign/token/internal'
import { apply, openList, type GrowingList } from './live-list.ts'
import type { StatusChange } from './status-list.ts'
import type { StatusListTables } from './status-lists.ts'

/** All lists, as far as they have been read: up to the change `seq`. */
export interface ReadLists {
  readonly byId: Map<number, GrowingList>
  readonly byUri: Map<string, GrowingList>
  seq: number
}

const pageSize = 10_000 // changes read at once

/** Returns the state before anything is read: no list. */
export function nothingRead(): ReadLists {
  return { byId: new Map(), byUri: new Map(), seq: 0 }
}

/** Reads the lists that are not known yet. */
export async function readLists(
  { statusLists }: StatusListTables,
  into: ReadLists,
  issuer: string,
): Promise<void> {
  for (const stored of await statusLists.list()) {
    if (into.byId.has(stored.id)) continue
    const list = openList(stored, issuer)
    into.byId.set(list.id, list)
    into.byUri.set(list.uri, list)
  }
}

/** Reads all changes that follow, or only those since a time, and passes them on page by page. */
export async function readChanges(
  store: StatusListTables,
  into: ReadLists,
  issuer: string,
  {
    since,
    onPage,
  }: {
    readonly since?: Seconds
    readonly onPage: (page: readonly StatusChange[]) => void
  },
): Promise<void> {
  const last = since === undefined ? 0 : await store.statusLists.lastSeq()
  for (;;) {
    const page = await store.statusLists.changes(into.seq, pageSize, since)
    // A list is written before its first change.
    if (page.some(({ list }) => !into.byId.has(list))) await readLists(store, into, issuer)
    for (const change of page) {
      const list = into.byId.get(change.list)
      if (!list) throw new Error('a status bit was set in a list that does not exist')
      apply(list, change)
    }
    into.seq = page.at(-1)?.seq ?? Math.max(into.seq, last)
    onPage(page)
    if (page.length < pageSize) return
  }
}
