import type { Kysely } from 'kysely'
import type { Seconds } from '@countersign/token/internal'
import type { StatusChange, StatusIndex } from '../../domain/revocation/status-list.ts'
import type { StatusLists } from '../../domain/revocation/status-lists.ts'
import { locksTable } from './locks.ts'
import type { Schema, StatusChangeRow } from './schema.ts'

const maxRowsPerInsert = 500 // of four values each; both databases allow several times more parameters

/** The status_lists and status_changes tables. */
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
  const query = db
    .selectFrom('status_changes')
    .select('seq')
    .where('status_list', '=', list)
    .where('status_index', '=', index)
  return (await query.executeTakeFirst()) !== undefined
}

// Numbers restart from the clock each second. Otherwise a database restored from a backup would reuse numbers that guards saw before the loss,
// and guards would take its changes for those they already know.
const numbersPerSecond = 1_000

/**
 * Records bits that a transaction has set. From here to its commit, other transactions that set bits wait: so a reader that has read up to
 * a number has read everything before it.
 */
export async function addChanges(
  db: Kysely<Schema>,
  indices: readonly StatusIndex[],
  at: Seconds,
): Promise<void> {
  await locksTable(db).lock('status_changes')
  const last = Math.max(await lastSeq(db), Math.floor(at) * numbersPerSecond)
  const rows = indices.map(({ list, index }, nth) => ({
    seq: last + 1 + nth,
    status_list: list,
    status_index: index,
    at,
  }))
  for (let from = 0; from < rows.length; from += maxRowsPerInsert) {
    await db
      .insertInto('status_changes')
      .values(rows.slice(from, from + maxRowsPerInsert))
      .execute()
  }
}

async function lastSeq(db: Kysely<Schema>): Promise<number> {
  const query = db.selectFrom('status_changes').select('seq').orderBy('seq', 'desc').limit(1)
  return (await query.executeTakeFirst())?.seq ?? 0
}

function toChange({ seq, status_list, status_index, at }: StatusChangeRow): StatusChange {
  return { seq, list: status_list, index: status_index, at }
}
