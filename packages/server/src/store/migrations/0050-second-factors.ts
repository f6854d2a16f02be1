import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Authenticator applications, recovery codes, and sign-ins that wait for a second factor. */
export const secondFactors: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('totp')
      .addColumn('user_id', 'text', (column) =>
        column.primaryKey().references('users.id').onDelete('cascade'),
      )
      .addColumn('encrypted', 'text')
      .addColumn('confirmed_at', 'bigint')
      .addColumn('last_step', 'bigint', (column) => column.notNull())
      .addColumn('proposed', 'text')
      .addColumn('proposed_until', 'bigint')
      .execute()
    await db.schema
      .createTable('recovery_codes')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text', (column) =>
        column.notNull().references('users.id').onDelete('cascade'),
      )
      .execute()
    await db.schema
      .createIndex('recovery_codes_user')
      .on('recovery_codes')
      .column('user_id')
      .execute()
    await addPendingSignIns(db)
  },
}

async function addPendingSignIns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pending_sign_ins')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('password_mark', 'text', (column) => column.notNull())
    .addColumn('amr', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('wrong', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('pending_sign_ins_user')
    .on('pending_sign_ins')
    .column('user_id')
    .execute()
  await db.schema
    .createIndex('pending_sign_ins_expiry')
    .on('pending_sign_ins')
    .column('expires_at')
    .execute()
}
