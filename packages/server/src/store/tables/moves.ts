import type { Kysely } from 'kysely'
import { fail } from '../../failures.ts'
import type { MoveRow, MoveState } from './database-rows.ts'
import type { Schema } from './schema.ts'

/** Returns the part that a database has in a move; `undefined` if it has none. */
export async function findMove(db: Kysely<Schema>): Promise<MoveRow | undefined> {
  return db.selectFrom('moves').selectAll().executeTakeFirst()
}

/** Returns the same for a database of any version, given its pending migrations: one from before there were moves has no part in one. */
export async function findMoveWith(
  pending: readonly string[],
  db: Kysely<Schema>,
): Promise<MoveRow | undefined> {
  return pending.includes('0073-moves') ? undefined : findMove(db)
}

/** Returns the same as {@link findMove}, and no other transaction changes it before this one ends. */
export async function lockMove(tx: Kysely<Schema>): Promise<MoveRow | undefined> {
  return tx.selectFrom('moves').selectAll().forUpdate().executeTakeFirst()
}

/**
 * Refuses a database that was moved to another one, or that a move has not filled yet: a second server with the same signing keys and another
 * audit log could not be told from the first. Fails with `database_moved` and `move_unfinished`.
 */
export async function assertServable(db: Kysely<Schema>): Promise<void> {
  assertServableState((await findMove(db))?.state)
}

/** The same for a state that was read before. Pure. */
export function assertServableState(state: MoveState | undefined): void {
  switch (state) {
    case 'moved':
      throw fail('database_moved', { detail: 'set database.url to the new database' })
    case 'arriving':
      throw fail('move_unfinished', {
        detail:
          'repeat `countersign move`, which continues, or set database.url to the old database',
      })
    case 'copying':
    case 'frozen':
    case undefined:
  }
}
