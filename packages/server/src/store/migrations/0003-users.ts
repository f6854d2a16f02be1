import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Adds e-mail address, roles and the time of the password to users, and an index to page through them, the newest first. */
export const users: Migration = {
  async up(db: Kysely<unknown>) {
    const change = () => db.schema.alterTable('users')
    await change().addColumn('email', 'text').execute()
    await change().addColumn('email_folded', 'text').execute()
    await change()
      .addColumn('roles', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await change().addColumn('password_changed_at', 'bigint').execute()
    await db.schema.createIndex('users_email').unique().on('users').column('email_folded').execute()
    await db.schema.createIndex('users_created').on('users').columns(['created_at', 'id']).execute()
  },
}
