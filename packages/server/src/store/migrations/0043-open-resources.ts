import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Resources whose scopes applications with a metadata document may ask for. */
export const openResources: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('resources')
      .addColumn('is_open', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute()
  },
}
