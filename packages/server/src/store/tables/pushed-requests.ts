import type { Kysely } from 'kysely'
import type { PushedRequests } from '../../domain/grants/pushed-request.ts'
import type { Schema } from './schema.ts'

/** The table pushed_requests. */
export function pushedRequestsTable(db: Kysely<Schema>): PushedRequests {
  return {
    async find(hash) {
      const query = db.selectFrom('pushed_requests').selectAll().where('hash', '=', hash)
      const row = await query.executeTakeFirst()
      if (!row) return undefined
      const { client_id: clientId, parameters, created_at: createdAt, expires_at: expiresAt } = row
      return { clientId, parameters, createdAt, expiresAt }
    },

    async add(hash, { clientId: client_id, parameters, createdAt, expiresAt }) {
      const times = { created_at: createdAt, expires_at: expiresAt }
      await db
        .insertInto('pushed_requests')
        .values({ hash, client_id, parameters, ...times })
        .execute()
    },

    async setExpiry(hash, expires_at) {
      await db.updateTable('pushed_requests').set({ expires_at }).where('hash', '=', hash).execute()
    },

    async use(hash, now) {
      const own = db.deleteFrom('pushed_requests').where('hash', '=', hash)
      return (await own.where('expires_at', '>', now).executeTakeFirst()).numDeletedRows === 1n
    },

    async prune(before) {
      const old = db.deleteFrom('pushed_requests').where('expires_at', '<', before)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}
