import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The keys that codes and refresh tokens of applications are bound to (RFC 9449). */
export const boundKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('sessions').addColumn('jkt', 'text').execute()
    await db.schema.alterTable('authorization_codes').addColumn('jkt', 'text').execute()
  },
}
