import { sql, type Kysely } from 'kysely'
import type { HashKinds } from '../../domain/passwords/hash-kinds.ts'
import type { Schema } from './schema.ts'

/** The table hash_kinds. */
export function hashKindsTable(db: Kysely<Schema>): HashKinds {
  return {
    async list() {
      return (await db.selectFrom('hash_kinds').select('kind').execute()).map(({ kind }) => kind)
    },

    async add(kind) {
      const add = db.insertInto('hash_kinds').values({ kind })
      await add.onConflict((conflict) => conflict.doNothing()).execute()
    },

    async isInUse(part) {
      const found = db
        .selectFrom('users')
        .select('id')
        .where(sql<boolean>`replace(password_hash, ${part}, '') <> password_hash`) // both databases have it
      return (await found.limit(1).executeTakeFirst()) !== undefined
    },

    async remove(kind) {
      await db.deleteFrom('hash_kinds').where('kind', '=', kind).execute()
    },
  }
}
