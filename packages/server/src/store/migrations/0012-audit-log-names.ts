import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Renames the tables of the audit log, which were called ledger. The one migration that does not only add: nothing had been published, so no
 * two versions ran at once.
 */
export const auditLogNames: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('ledger').renameTo('audit_log').execute()
    await db.schema.alterTable('ledger_checkpoints').renameTo('audit_log_checkpoints').execute()
    await db.schema.dropIndex('ledger_user').execute()
    await db.schema.dropIndex('ledger_type').execute()
    const index = (name: string) => db.schema.createIndex(name).on('audit_log')
    await index('audit_log_user').columns(['user_id', 'seq']).execute()
    await index('audit_log_type').columns(['type', 'seq']).execute()
    await sql`update locks set name = 'audit_log' where name = 'ledger'`.execute(db)
  },
}
