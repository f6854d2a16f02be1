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
      // Read first: under SERIALIZABLE, PostgreSQL does not count the check of `on conflict` as a read, and misses that another transaction deletes the row.
      const known = db.selectFrom('hash_kinds').select('kind').where('kind', '=', kind)
      if (await known.executeTakeFirst()) return
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
