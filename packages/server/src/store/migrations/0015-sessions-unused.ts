import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The day on which a session expires unless it is used, and its index, by which those that expired long ago are deleted. An index on
 * `idle_expires_at` would be written at every refresh, and on PostgreSQL all other indexes of the row with it; the day changes once a day. A server
 * of the version before does not write it, so the deletion compares the time too.
 */
export const sessionsUnused: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sessions').addColumn('idle_day', 'bigint').execute()
    await sql`update sessions set idle_day = idle_expires_at / 86400`.execute(db)
    await db.schema.createIndex('sessions_idle').on('sessions').column('idle_day').execute()
  },
}
