import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Codes and links that prove control of an address. */
export const mailCodes: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('mail_codes')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('key', 'text', (column) => column.notNull().unique())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('code_hash', 'text', (column) => column.notNull())
      .addColumn('link_hash', 'text', (column) => column.notNull())
      .addColumn('browser_hash', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('wrong', 'bigint', (column) => column.notNull())
      .execute()
  },
}
