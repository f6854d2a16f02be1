import { sql, type Kysely } from 'kysely'
import { spansOf, take } from '../../domain/limits/bucket.ts'
import type { Limits } from '../../domain/limits/limits.ts'
import type { LimitRow, Schema } from './schema.ts'

/** The limits table. Its times are milliseconds, because a bucket may refill a token in less than a second. */
export function limitsTable(db: Kysely<Schema>): Limits {
  return { ...buckets(db), ...marks(db) }
}

function buckets(db: Kysely<Schema>): Pick<Limits, 'take'> {
  return {
    async take(key, rule, now) {
      const { token, whole } = spansOf(rule)
      const at = Math.floor(now * 1000)
      // The same as `take` in bucket.ts, in one statement: a refused caller writes nothing, and concurrent callers see each other's tokens.
      const from = sql<number>`case when limits.until > ${at} and limits.until <= ${at + 2 * whole} then limits.until else ${at} end`
      const insert = db.insertInto('limits').values({ key, count: 0, until: at + token })
      const taken = insert.onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ until: sql<number>`${from} + ${token}` })
          .where(from, '<=', at + whole - token),
      )
      if (await taken.returning('key').executeTakeFirst()) return 0
      const query = db.selectFrom('limits').select('until').where('key', '=', key)
      return take((await query.executeTakeFirst())?.until, rule, now).wait || 1
    },
  }
}

function marks(db: Kysely<Schema>): Omit<Limits, 'take'> {
  return {
    async find(keys) {
      const query = db.selectFrom('limits').selectAll().where('key', 'in', keys)
      return toMarks(await query.execute())
    },

    async lock(keys) {
      const rows = keys.toSorted().map((key) => ({ key, count: 0, until: 0 }))
      const add = db.insertInto('limits').values(rows)
      await add.onConflict((conflict) => conflict.doNothing()).execute()
      const query = db.selectFrom('limits').selectAll().where('key', 'in', keys)
      return toMarks(await query.orderBy('key').forUpdate().execute())
    },

    async put(key, { count, until }) {
      const mark = { count, until: Math.floor(until * 1000) }
      const insert = db.insertInto('limits').values({ key, ...mark })
      await insert.onConflict((conflict) => conflict.column('key').doUpdateSet(mark)).execute()
    },

    async prune(before) {
      const expired = db.deleteFrom('limits').where('until', '<', Math.floor(before * 1000))
      return Number((await expired.executeTakeFirst()).numDeletedRows)
    },
  }
}

function toMarks(rows: readonly LimitRow[]) {
  return new Map(rows.map(({ key, count, until }) => [key, { count, until: until / 1000 }]))
}
