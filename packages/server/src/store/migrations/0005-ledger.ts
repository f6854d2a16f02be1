import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The audit log (called ledger then), its checkpoints, and the encrypted secret from which its keys are derived. */
export const ledger: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('sealed_secrets')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    // No foreign keys to users or sessions: entries stay when those are deleted.
    await db.schema
      .createTable('ledger')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('personal', 'text')
      .addColumn('salt', 'text')
      .addColumn('commitment', 'text')
      .addColumn('mac', 'text', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('ledger_user').on('ledger').columns(['user_id', 'seq']).execute()
    await db.schema
      .createTable('ledger_checkpoints')
      .addColumn('seq', 'bigint', (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('token', 'text', (column) => column.notNull())
      .execute()
  },
}
