import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Rate limits: a counter and a time under a keyed hash. */
export const limits: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('limits')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('limits_until').on('limits').column('until').execute()
  },
}
