import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The grants that have ended, and of which their applications are to be notified. */
export const logoutNotices: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('logout_notices')
      .addColumn('grant_id', 'text', (column) => column.primaryKey())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .execute()
    await sql`create index logout_notices_due on logout_notices (next_attempt_at)`.execute(db)
  },
}
