import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Applications with which users sign in: what is said of them, their codes, and which sign-in a grant ends with. */
export const authorizationCodes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('clients').addColumn('application', 'text').execute()
    await db.schema.alterTable('sessions').addColumn('parent_id', 'text').execute()
    await sql`create index sessions_parent on sessions (parent_id) where parent_id is not null`.execute(
      db,
    )
    await db.schema
      .createTable('authorization_codes')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('session_id', 'text', (column) => column.notNull())
      .addColumn('redirect_uri', 'text', (column) => column.notNull())
      .addColumn('challenge', 'text')
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('resource', 'text', (column) => column.notNull())
      .addColumn('nonce', 'text')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('grant_id', 'text')
      .execute()
    await db.schema
      .createIndex('authorization_codes_expires')
      .on('authorization_codes')
      .column('expires_at')
      .execute()
  },
}
