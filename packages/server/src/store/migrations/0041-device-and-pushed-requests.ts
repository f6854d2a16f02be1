import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The codes of programs that cannot open a browser (RFC 8628), and requests that applications push before they open one (RFC 9126). */
export const deviceAndPushedRequests: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('device_codes')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('user_code_hash', 'text', (column) => column.notNull().unique())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('resource', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('poll_interval', 'bigint', (column) => column.notNull())
      .addColumn('polled_at', 'bigint')
      .addColumn('grant_id', 'text')
      .execute()
    await db.schema
      .createTable('pushed_requests')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('parameters', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    for (const table of ['device_codes', 'pushed_requests'])
      await db.schema.createIndex(`${table}_expires`).on(table).column('expires_at').execute()
  },
}
