import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Service accounts, their secrets, and the assertions that they have used. */
export const clients: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('clients')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('grants', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('resources', 'text', (column) => column.notNull())
      .addColumn('jwks', 'text')
      .addColumn('trust_issuer', 'text')
      .addColumn('trust_subject', 'text')
      .addColumn('trust_audience', 'text')
      .addColumn('trust_reusable', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await sql`create unique index clients_trust on clients (trust_issuer, trust_subject)
      where trust_issuer is not null`.execute(db)
    await db.schema
      .createTable('client_secrets')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('client_id', 'text', (column) =>
        column.notNull().references('clients.id').onDelete('cascade'),
      )
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .execute()
    await db.schema
      .createIndex('client_secrets_client')
      .on('client_secrets')
      .column('client_id')
      .execute()
    await db.schema
      .createTable('assertions')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('assertions_expires')
      .on('assertions')
      .column('expires_at')
      .execute()
  },
}
