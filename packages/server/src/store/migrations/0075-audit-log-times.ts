import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The index by which the events of a type since a time are counted: the sign-ins of today among those of years. */
export const auditLogTimes: Migration = {
  async up(db: Kysely<unknown>) {
    const index = db.schema.createIndex('audit_log_type_time').on('audit_log')
    await index.columns(['type', 'at']).execute()
  },
}
