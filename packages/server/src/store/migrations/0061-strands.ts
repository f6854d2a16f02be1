import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The strands of the audit log beside strand 0, which stays in `audit_log` with its numbers. A table of its own, because a server of the version
 * before reads the newest row of `audit_log` and continues its chain; and because no index of a long audit log is made again.
 */
export const strands: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('audit_log_strands')
      .addColumn('strand', 'bigint', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('personal', 'text')
      .addColumn('salt', 'text')
      .addColumn('commitment', 'text')
      .addColumn('mac', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_log_strands_key', ['strand', 'seq'])
      .execute()
    const index = (name: string) => db.schema.createIndex(name).on('audit_log_strands')
    await index('audit_log_strands_user').columns(['user_id', 'strand', 'seq']).execute()
    await index('audit_log_strands_type').columns(['type', 'strand', 'seq']).execute()
    await index('audit_log_strands_type_time').columns(['type', 'at']).execute() // counted for the console
  },
}
