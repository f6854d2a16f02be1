import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Sessions, each with the rotation of its refresh tokens in its own row. */
export const sessions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('sessions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text', (column) =>
        column.notNull().references('users.id').onDelete('cascade'),
      )
      .addColumn('handle_hash', 'text', (column) => column.notNull().unique())
      .addColumn('secret_hash', 'text', (column) => column.notNull())
      .addColumn('used', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint', (column) => column.notNull())
      .addColumn('authenticated_at', 'bigint', (column) => column.notNull())
      .addColumn('amr', 'text', (column) => column.notNull())
      .addColumn('user_agent', 'text')
      .addColumn('address', 'text')
      .addColumn('idle_expires_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      .addColumn('end_reason', 'text')
      .execute()
    await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute()
    await db.schema.createIndex('sessions_expires').on('sessions').column('expires_at').execute()
    await sql`create index sessions_ended on sessions (ended_at) where ended_at is not null`.execute(
      db,
    )
  },
}
