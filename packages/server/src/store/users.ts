import type { Kysely } from 'kysely'
import type { Users } from '../domain/store.ts'
import type { User } from '../domain/users/user.ts'
import type { Schema, UserRow } from './tables.ts'

/** The users table. */
export function usersTable(db: Kysely<Schema>): Users {
  return {
    async find(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toUser(row)
    },

    async findByName(foldedName) {
      const query = db.selectFrom('users').selectAll().where('name_folded', '=', foldedName)
      const row = await query.executeTakeFirst()
      return row && { user: toUser(row), hash: row.password_hash }
    },

    async lock(id) {
      const query = db.selectFrom('users').selectAll().where('id', '=', id).forUpdate()
      const row = await query.executeTakeFirst()
      return row && { user: toUser(row), hash: row.password_hash }
    },

    async add({ id, name, createdAt, disabledAt }, foldedName, hash) {
      const row: UserRow = {
        id,
        name,
        name_folded: foldedName,
        password_hash: hash,
        created_at: createdAt,
        disabled_at: disabledAt,
      }
      const insert = db.insertInto('users').values(row)
      const added = await insert
        .onConflict((conflict) => conflict.column('name_folded').doNothing())
        .returning('id')
        .executeTakeFirst()
      return added !== undefined
    },
  }
}

/** A user without what nothing but a check of the password may see. */
export function toUser({ id, name, created_at, disabled_at }: UserRow): User {
  return { id, name, createdAt: created_at, disabledAt: disabled_at }
}
