import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The time at which a user proved that they control their e-mail address; null for those who did not, which is everyone so far. */
export const verifiedEmails: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('users').addColumn('email_verified_at', 'bigint').execute()
  },
}
