import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The outbox: mail that was promised and is to be sent. */
export const outbox: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('deliver_until', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('error', 'text')
      .addColumn('failed_at', 'bigint')
      .execute()
    await sql`create index outbox_waiting on outbox (next_attempt_at) where failed_at is null`.execute(
      db,
    )
  },
}
