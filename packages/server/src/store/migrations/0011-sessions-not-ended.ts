import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** An index on the sessions of a user that have not ended, because every sign-in counts them. */
export const sessionsNotEnded: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index sessions_not_ended on sessions (user_id) where ended_at is null`.execute(
      db,
    )
  },
}
