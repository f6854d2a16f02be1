import { sql, type Kysely } from 'kysely'
import type { Seconds } from '@countersign/token/internal'
import type { StatusChange, StatusIndex } from '../../domain/revocation/status-list.ts'
import type { StatusLists } from '../../domain/revocation/status-lists.ts'
import { isSqlite } from '../dialect.ts'
import { locksTable } from './locks.ts'
import type { Schema, StatusChangeRow } from './schema.ts'

const maxRowsPerInsert = 500 // of four values each; both databases allow several times more parameters

/** The status_lists and status_changes tables. New changes are in unnumbered_status_changes until they have a number. */
export function statusListsTable(db: Kysely<Schema>): StatusLists {
  const lists = () => db.selectFrom('status_lists').select(['id', 'size'])
  return {
    newest: () => lists().orderBy('id', 'desc').limit(1).executeTakeFirst(),

    list: () => lists().orderBy('id').execute(),

    async add({ id, size }, now) {
      await db.insertInto('status_lists').values({ id, size, created_at: now }).execute()
    },

    lastSeq: () => lastSeq(db),

    async changes(after, limit, since) {
      const all = db.selectFrom('status_changes').selectAll().where('seq', '>', after)
      const query = since === undefined ? all : all.where('at', '>', since)
      return (await query.orderBy('seq').limit(limit).execute()).map(toChange)
    },

    async prune(before) {
      const newest = db.selectFrom('status_changes').select((by) => by.fn.max('seq').as('seq'))
      const old = db.deleteFrom('status_changes').where('at', '<', before).where('seq', '<', newest)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}

/** Returns whether a deleted session had this index so recently that it must not be reused yet. */
export async function isTaken(db: Kysely<Schema>, { list, index }: StatusIndex): Promise<boolean> {
  const rowsIn = (table: 'status_changes' | 'unnumbered_status_changes') => {
    const rows = db.selectFrom(table).select('at')
    return rows.where('status_list', '=', list).where('status_index', '=', index)
  }
  // In one statement: a change that gets its number meanwhile is seen in one of the two tables.
  const both = rowsIn('status_changes').unionAll(rowsIn('unnumbered_status_changes'))
  return (await both.executeTakeFirst()) !== undefined
}

// Numbers restart from the clock each second. Otherwise a database restored from a backup would reuse numbers that guards saw before the loss,
// and guards would take its changes for those they already know.
const numbersPerSecond = 1_000

type UnnumberedRow = Omit<StatusChangeRow, 'seq'>

/** Records bits that a transaction has set, without numbers: it waits for no other. {@link numberChanges} follows the commit. */
export async function addUnnumbered(
  db: Kysely<Schema>,
  indices: readonly StatusIndex[],
  at: Seconds,
): Promise<void> {
  for (const rows of batchesOf(toRows(indices, at)))
    await db.insertInto('unnumbered_status_changes').values(rows).execute()
}

/** Records bits that a transaction has set, with their numbers. From here to its commit, other transactions that set bits wait. */
export async function addNumbered(
  db: Kysely<Schema>,
  indices: readonly StatusIndex[],
  at: Seconds,
): Promise<void> {
  await locksTable(db).lock('status_changes')
  await addAfterLast(db, toRows(indices, at))
}

/** Returns whether changes were committed that have no number, and whether the database is a standby. */
export async function findUnnumbered(
  db: Kysely<Schema>,
): Promise<{ readonly some: boolean; readonly isStandby: boolean }> {
  const isStandby = isSqlite(db) ? sql<boolean>`false` : sql<boolean>`pg_is_in_recovery()`
  const rows = db.selectFrom('unnumbered_status_changes').select('at').limit(1)
  const query = db.selectNoFrom([isStandby.as('standby'), rows.as('at')])
  const { standby, at } = await query.executeTakeFirstOrThrow()
  return { some: at !== null, isStandby: Boolean(standby) }
}

const maxNumberedAtOnce = 5_000 // changes of one transaction, 0.1 s

/**
 * Gives numbers to changes that were committed, in a transaction of their own; returns whether there may be more. Until its commit, other
 * transactions that give numbers wait: so a reader that has read up to a number has read everything before it.
 */
export async function numberChanges(db: Kysely<Schema>): Promise<boolean> {
  await locksTable(db).lock('status_changes')
  const table = 'unnumbered_status_changes'
  const some = db.selectFrom(table).select(['status_list', 'status_index']).limit(maxNumberedAtOnce)
  const taken = db.deleteFrom(table).where(sql<boolean>`(status_list, status_index) in (${some})`)
  const rows = await taken.returning(['status_list', 'status_index', 'at']).execute()
  await addAfterLast(db, rows)
  return rows.length === maxNumberedAtOnce
}

const toRows = (indices: readonly StatusIndex[], at: Seconds): readonly UnnumberedRow[] =>
  indices.map(({ list, index }) => ({ status_list: list, status_index: index, at }))

/** Adds changes under the lock `status_changes`, with the numbers that follow the last one. */
async function addAfterLast(db: Kysely<Schema>, rows: readonly UnnumberedRow[]): Promise<void> {
  if (rows.length === 0) return
  const inOrder = rows.toSorted((one, other) => one.at - other.at)
  const newestAt = inOrder.at(-1)?.at ?? 0
  const last = Math.max(await lastSeq(db), Math.floor(newestAt) * numbersPerSecond)
  const numbered = inOrder.map((row, nth) => ({ ...row, seq: last + 1 + nth }))
  for (const some of batchesOf(numbered)) {
    const insert = db.insertInto('status_changes').values(some)
    // A bit that was set before stays set; an error would keep all later changes without numbers.
    const isSet = ['status_list', 'status_index'] as const
    await insert.onConflict((conflict) => conflict.columns(isSet).doNothing()).execute()
  }
}

function batchesOf<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const count = Math.ceil(rows.length / maxRowsPerInsert)
  return Array.from({ length: count }, (_, at) =>
    rows.slice(at * maxRowsPerInsert, (at + 1) * maxRowsPerInsert),
  )
}

async function lastSeq(db: Kysely<Schema>): Promise<number> {
  const query = db.selectFrom('status_changes').select('seq').orderBy('seq', 'desc').limit(1)
  return (await query.executeTakeFirst())?.seq ?? 0
}

function toChange({ seq, status_list, status_index, at }: StatusChangeRow): StatusChange {
  return { seq, list: status_list, index: status_index, at }
}
