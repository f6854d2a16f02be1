import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The time at which a signing key was revoked. */
export const keys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('signing_keys').addColumn('withdrawn_at', 'bigint').execute()
  },
}
