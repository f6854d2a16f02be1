import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** When a signing key was taken out of use before its time. */
export const keys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('signing_keys').addColumn('withdrawn_at', 'bigint').execute()
  },
}
