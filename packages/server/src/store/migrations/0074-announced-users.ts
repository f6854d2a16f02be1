import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The time at which the application around this server was notified of a user; null until then. The users of before count as announced: 0 is the
 * default, which both databases add without writing the rows, and which a server of the previous version writes.
 */
export const announcedUsers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('users')
      .addColumn('announced_at', 'bigint', (column) => column.defaultTo(0))
      .execute()
    await sql`create index users_unannounced on users (created_at) where announced_at is null`.execute(
      db,
    )
  },
}
