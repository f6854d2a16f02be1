import type { Kysely } from 'kysely'
import type { DeviceCode, DeviceCodes } from '../../domain/grants/device-code.ts'
import type { DeviceCodeRow } from './client-rows.ts'
import type { Schema } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

/** The table device_codes. */
export function deviceCodesTable(db: Kysely<Schema>): DeviceCodes {
  const one = (column: 'hash' | 'user_code_hash', hash: string) =>
    db.selectFrom('device_codes').selectAll().where(column, '=', hash)
  const read = async (query: ReturnType<typeof one>) => {
    const row = await query.executeTakeFirst()
    return row && toCode(row)
  }
  return {
    find: (hash) => read(one('hash', hash)),
    findByUserCode: (hash) => read(one('user_code_hash', hash)),
    lock: (hash) => read(one('hash', hash).forUpdate()),
    lockByUserCode: (hash) => read(one('user_code_hash', hash).forUpdate()),

    async add(code, user_code_hash) {
      const added = await db
        .insertInto('device_codes')
        .values(toRow(code, user_code_hash))
        .onConflict((conflict) => conflict.column('user_code_hash').doNothing())
        .returning('hash')
        .executeTakeFirst()
      return added !== undefined
    },

    async set(hash, { state, userId, sessionId, interval, polledAt, grantId }) {
      const change = {
        ...(state !== undefined && { state }),
        ...(userId !== undefined && { user_id: userId }),
        ...(sessionId !== undefined && { session_id: sessionId }),
        ...(interval !== undefined && { poll_interval: interval }),
        ...(polledAt !== undefined && { polled_at: polledAt }),
        ...(grantId !== undefined && { grant_id: grantId }),
      }
      await db.updateTable('device_codes').set(change).where('hash', '=', hash).execute()
    },

    async deleteUnused({ clientId, userId }) {
      const all = db.deleteFrom('device_codes').where('client_id', '=', clientId)
      const own = userId === undefined ? all : all.where('user_id', '=', userId)
      await own.where('state', '=', 'allowed').where('grant_id', 'is', null).execute()
    },

    async prune(before) {
      const old = db.deleteFrom('device_codes').where('expires_at', '<', before)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}

function toRow(code: DeviceCode, user_code_hash: string): DeviceCodeRow {
  return {
    hash: code.hash,
    user_code_hash,
    client_id: code.clientId,
    scopes: joinWords(code.scopes),
    resource: code.resource,
    expires_at: code.expiresAt,
    state: code.state,
    user_id: code.userId,
    session_id: code.sessionId,
    poll_interval: code.interval,
    polled_at: code.polledAt,
    grant_id: code.grantId,
  }
}

function toCode(row: DeviceCodeRow): DeviceCode {
  return {
    hash: row.hash,
    clientId: row.client_id,
    scopes: splitWords(row.scopes),
    resource: row.resource,
    expiresAt: row.expires_at,
    state: row.state as DeviceCode['state'], // only `add` and `set` write it
    userId: row.user_id,
    sessionId: row.session_id,
    interval: row.poll_interval,
    polledAt: row.polled_at,
    grantId: row.grant_id,
  }
}
