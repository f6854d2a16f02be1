import type { Seconds } from '@countersign/token/internal'
import { apply, openList, type GrowingList } from './live-list.ts'
import type { StatusChange } from './status-list.ts'
import type { StatusListTables } from './status-lists.ts'

/** All lists, as far as they have been read. */
export interface ReadLists {
  readonly byId: Map<number, GrowingList>
  readonly byUri: Map<string, GrowingList>
  /** The newest change that was read, of all lists. */
  newest: StatusChange | undefined
}

const pageSize = 10_000 // changes read at once

/** Returns the state before anything is read: no list. */
export function nothingRead(): ReadLists {
  return { byId: new Map(), byUri: new Map(), newest: undefined }
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

/**
 * Reads all changes that follow, or only those since a time, and passes them on page by page. Returns false where the database does not have the
 * newest change any more: it was restored, or a standby that lagged took over, and it gives the numbers of lost changes to new ones.
 */
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
): Promise<boolean> {
  const { statusLists } = store
  const last = since === undefined ? undefined : await findLast(store)
  for (;;) {
    const { newest } = into
    const rows = await statusLists.changes(newest ? newest.seq - 1 : 0, pageSize, since)
    if (newest && !isSame(newest, rows[0])) return false
    const page = newest ? rows.slice(1) : rows
    // A list is written before its first change.
    if (page.some(({ list }) => !into.byId.has(list))) await readLists(store, into, issuer)
    for (const change of page) {
      const list = into.byId.get(change.list)
      if (!list) throw new Error('a status bit was set in a list that does not exist')
      apply(list, change)
    }
    into.newest = page.at(-1) ?? laterOf(newest, last)
    onPage(page)
    if (rows.length < pageSize) return true
  }
}

/** Reads all lists again, with the bits that were set since a time. */
export async function readAll(
  store: StatusListTables,
  issuer: string,
  since: Seconds,
): Promise<{ readonly lists: ReadLists; readonly changes: readonly StatusChange[] }> {
  const lists = nothingRead()
  const changes: StatusChange[] = []
  const onPage = (page: readonly StatusChange[]) => page.forEach((one) => changes.push(one))
  await readLists(store, lists, issuer)
  await readChanges(store, lists, issuer, { since, onPage })
  return { lists, changes }
}

async function findLast({ statusLists }: StatusListTables): Promise<StatusChange | undefined> {
  const [last] = await statusLists.changes((await statusLists.lastSeq()) - 1, 1)
  return last
}

function isSame(one: StatusChange, other: StatusChange | undefined): boolean {
  return one.seq === other?.seq && one.list === other.list && one.index === other.index
}

function laterOf(one: StatusChange | undefined, other: StatusChange | undefined) {
  return one && (!other || one.seq > other.seq) ? one : other
}
