import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Entries of one type are found without reading all of the ledger. */
export const ledgerTypes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('ledger_type').on('ledger').columns(['type', 'seq']).execute()
  },
}
