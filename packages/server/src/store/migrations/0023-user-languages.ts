import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The language that a user has chosen for mails and pages; null for those who have chosen none, which is everyone so far. */
export const userLanguages: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('users').addColumn('language', 'text').execute()
  },
}
