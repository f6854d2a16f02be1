import type { Kysely } from 'kysely'
import type { Transaction } from '../../domain/store.ts'
import type { Schema } from './schema.ts'

/** The locks table: a row for each name, locked like any other row until the transaction ends. */
export function locksTable(db: Kysely<Schema>): Pick<Transaction, 'lock'> {
  return {
    async lock(name) {
      const row = db.selectFrom('locks').select('name').where('name', '=', name).forUpdate()
      if (await row.executeTakeFirst()) return
      // The first time ever. Of several at once one writes it and the others wait here; then they take turns on the row.
      const add = db.insertInto('locks').values({ name })
      await add.onConflict((conflict) => conflict.doNothing()).execute()
      await row.executeTakeFirstOrThrow()
    },
  }
}
