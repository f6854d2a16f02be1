import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The MAC of a signing key. The next start of this version binds the keys that are there, once; a key that a server of the version before
 * writes afterwards is rejected, so stop those first.
 */
export const keyMacs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('signing_keys').addColumn('mac', 'text').execute()
  },
}
