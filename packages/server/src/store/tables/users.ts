import type { Kysely } from 'kysely'
import type { FoundUser, Users } from '../../domain/users/users.ts'
import type { Language } from '../../domain/kernel/client-info.ts'
import { isDummyHash } from '../../domain/passwords/password-hash.ts'
import { foldEmail } from '../../domain/users/email.ts'
import { administratorRole } from '../../domain/users/role.ts'
import type { User } from '../../domain/users/user.ts'
import { countRows } from './count-rows.ts'
import type { Schema, UserRow } from './schema.ts'
import { hasRole, listUsers } from './user-search.ts'

/** The users table. */
export function usersTable(db: Kysely<Schema>): Users {
  return { ...reads(db), ...writes(db) }
}

type Reads = Pick<
  Users,
  | 'find'
  | 'findByName'
  | 'findByEmail'
  | 'list'
  | 'listUnannounced'
  | 'isUnannounced'
  | 'count'
  | 'hasAdministrator'
  | 'lock'
>

function reads(db: Kysely<Schema>): Reads {
  const all = () => db.selectFrom('users').selectAll()
  return {
    async find(id) {
      const row = await all().where('id', '=', id).executeTakeFirst()
      return row && toUser(row)
    },

    async findByName(foldedName) {
      const row = await all().where('name_folded', '=', foldedName).executeTakeFirst()
      return row && toFound(row)
    },

    async findByEmail(foldedEmail) {
      const row = await all().where('email_folded', '=', foldedEmail).executeTakeFirst()
      return row && toUser(row)
    },

    async list(page) {
      return (await listUsers(db, page)).map(toUser)
    },

    async listUnannounced(limit) {
      const waiting = all().where('announced_at', 'is', null).orderBy('created_at').limit(limit)
      return (await waiting.execute()).map(toUser)
    },

    async isUnannounced(id) {
      const one = db.selectFrom('users').select('id').where('id', '=', id)
      return (await one.where('announced_at', 'is', null).executeTakeFirst()) !== undefined
    },

    count: (max) => countRows(db, db.selectFrom('users').select('id').limit(max)),

    async hasAdministrator(except) {
      // A scan of all users, but only when an administrator is removed, and only up to the first other one.
      const enabled = db.selectFrom('users').select('id').where('disabled_at', 'is', null)
      const found = await enabled
        .where('id', '!=', except)
        .where(hasRole(administratorRole))
        .limit(1)
        .executeTakeFirst()
      return found !== undefined
    },

    async lock(id) {
      const row = await all().where('id', '=', id).forUpdate().executeTakeFirst()
      return row && toFound(row)
    },
  }
}

function writes(db: Kysely<Schema>): Omit<Users, keyof Reads> {
  const update = (id: string, change: Partial<UserRow>) =>
    db.updateTable('users').where('id', '=', id).set(change)
  return {
    async add(user, foldedName, hash) {
      const row = { ...toRow(user), name_folded: foldedName, password_hash: hash }
      const insert = db.insertInto('users').values(row)
      const added = await insert
        .onConflict((conflict) => conflict.column('name_folded').doNothing())
        .returning('id')
        .executeTakeFirst()
      return added !== undefined
    },

    async setPassword(id, hash, changedAt) {
      await update(id, { password_hash: hash, password_changed_at: changedAt }).execute()
    },

    async renewHash(id, hash, renewed) {
      const renewal = update(id, { password_hash: renewed }).where('password_hash', '=', hash)
      return (await renewal.executeTakeFirst()).numUpdatedRows === 1n
    },

    async setDisabled(id, at) {
      await update(id, { disabled_at: at }).execute()
    },

    async setRoles(id, roles) {
      await update(id, { roles: roles.join(' ') }).execute()
    },

    async setEmail(id, email, verifiedAt) {
      await update(id, { ...emailOf(email), email_verified_at: verifiedAt }).execute()
    },

    async setLanguage(id, language) {
      await update(id, { language }).execute()
    },

    async markAnnounced(id, at) {
      await update(id, { announced_at: at }).execute()
    },

    async delete(id) {
      await db.deleteFrom('users').where('id', '=', id).execute()
    },
  }
}

function emailOf(email: string | null): Pick<UserRow, 'email' | 'email_folded'> {
  return { email, email_folded: email === null ? null : foldEmail(email) }
}

function toRow(user: User): Omit<UserRow, 'name_folded' | 'password_hash'> {
  return {
    id: user.id,
    name: user.name,
    created_at: user.createdAt,
    disabled_at: user.disabledAt,
    ...emailOf(user.email),
    email_verified_at: user.emailVerifiedAt,
    roles: user.roles.join(' '),
    password_changed_at: user.passwordChangedAt,
    language: user.language,
    announced_at: null,
  }
}

function toFound(row: UserRow): FoundUser {
  return { user: toUser(row), hash: row.password_hash }
}

/** Converts a row to a user, without the password hash. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    roles: row.roles.split(' ').filter((one) => one !== ''),
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    passwordChangedAt: row.password_changed_at ?? row.created_at,
    hasPassword: !isDummyHash(row.password_hash),
    language: row.language as Language | null, // only `setLanguage` and `add` write the column
  }
}
