import type { Kysely } from 'kysely'
import type { Transaction } from '../../domain/store.ts'
import { isSqlite } from '../dialect.ts'
import type { Schema } from './schema.ts'

/** The locks table: one row for each name, locked with `for update` until the transaction ends. On SQLite every transaction locks the whole file. */
export function locksTable(db: Kysely<Schema>): Pick<Transaction, 'lock'> {
  return {
    async lock(name) {
      if (isSqlite(db)) return
      const row = db.selectFrom('locks').select('name').where('name', '=', name).forUpdate()
      if (await row.executeTakeFirst()) return
      // The first lock of this name ever: one of several transactions inserts the row, the others wait here; then they queue for the row.
      const add = db.insertInto('locks').values({ name })
      await add.onConflict((conflict) => conflict.doNothing()).execute()
      await row.executeTakeFirstOrThrow()
    },
  }
}
