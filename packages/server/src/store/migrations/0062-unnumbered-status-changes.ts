import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Status changes that transactions have committed without a number, so that they need not wait for one another. They get one, and move to
 * `status_changes`, within milliseconds. A server of the version before numbers its own as before, and reads both.
 */
export const unnumberedStatusChanges: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('unnumbered_status_changes')
      .addColumn('status_list', 'bigint', (column) => column.notNull())
      .addColumn('status_index', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('unnumbered_status_changes_key', ['status_list', 'status_index'])
      .execute()
  },
}
