import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The part that a database has in a move to another one; a row is there from the start of a move on. */
export const moves: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('moves')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute()
  },
}
