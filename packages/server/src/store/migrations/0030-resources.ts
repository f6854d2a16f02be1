import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Resources: the APIs that access tokens are for. */
export const resources: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('resources')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('audience', 'text', (column) => column.notNull().unique())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('lifetime', 'bigint')
      .addColumn('algorithm', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
  },
}
