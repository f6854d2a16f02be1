import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Renames tables and columns to the usual words: ledger to audit_log, sealed to encrypted, withdrawn_at to revoked_at. The only migration
 * that does not just add. Two versions cannot run at once across it; that was acceptable because nothing had been published.
 */
export const fieldNames: Migration = {
  async up(db: Kysely<unknown>) {
    const table = (name: string) => db.schema.alterTable(name)
    await table('ledger').renameTo('audit_log').execute()
    await table('ledger_checkpoints').renameTo('audit_log_checkpoints').execute()
    await db.schema.dropIndex('ledger_user').execute()
    await db.schema.dropIndex('ledger_type').execute()
    const index = (name: string) => db.schema.createIndex(name).on('audit_log')
    await index('audit_log_user').columns(['user_id', 'seq']).execute()
    await index('audit_log_type').columns(['type', 'seq']).execute()
    await sql`update locks set name = 'audit_log' where name = 'ledger'`.execute(db)
    await table('sealed_secrets').renameTo('encrypted_secrets').execute()
    await table('encrypted_secrets').renameColumn('sealed', 'encrypted').execute()
    await table('signing_keys').renameColumn('sealed', 'encrypted').execute()
    await table('signing_keys').renameColumn('withdrawn_at', 'revoked_at').execute()
  },
}
