import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The network that asked for a code, hashed: so that one network does not end the codes of others. */
export const mailCodeNetworks: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('mail_codes').addColumn('network', 'text').execute()
  },
}
