import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Status lists, an index in one for each session, and the bits that were set. */
export const statusLists: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('status_lists')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.alterTable('sessions').addColumn('status_list', 'bigint').execute()
    await db.schema.alterTable('sessions').addColumn('status_index', 'bigint').execute()
    await db.schema
      .createIndex('sessions_status')
      .unique()
      .on('sessions')
      .columns(['status_list', 'status_index'])
      .execute()
    // No foreign key to sessions: the bit stays set when the session is deleted.
    await db.schema
      .createTable('status_changes')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('status_list', 'bigint', (column) => column.notNull())
      .addColumn('status_index', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('status_changes_status')
      .unique()
      .on('status_changes')
      .columns(['status_list', 'status_index'])
      .execute()
    await db.schema.createIndex('status_changes_at').on('status_changes').column('at').execute()
  },
}
