import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The kinds of imported password hashes. */
export const hashKinds: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('hash_kinds')
      .addColumn('kind', 'text', (column) => column.primaryKey())
      .execute()
  },
}
