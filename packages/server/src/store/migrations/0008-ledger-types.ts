import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** An index to find audit log entries of one type without a full scan. */
export const ledgerTypes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.createIndex('ledger_type').on('ledger').columns(['type', 'seq']).execute()
  },
}
