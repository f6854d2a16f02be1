import type { Kysely } from 'kysely'
import type {
  AuthorizationCode,
  AuthorizationCodes,
} from '../../domain/grants/authorization-codes.ts'
import type { AuthorizationCodeRow } from './client-rows.ts'
import type { Schema } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

/** The table authorization_codes. */
export function authorizationCodesTable(db: Kysely<Schema>): AuthorizationCodes {
  const one = (hash: string) =>
    db.selectFrom('authorization_codes').selectAll().where('hash', '=', hash)
  return {
    async find(hash) {
      const row = await one(hash).executeTakeFirst()
      return row && toCode(row)
    },

    async lock(hash) {
      const row = await one(hash).forUpdate().executeTakeFirst()
      return row && toCode(row)
    },

    async add(hash, code) {
      await db.insertInto('authorization_codes').values(toRow(hash, code)).execute()
    },

    async setGrant(hash, grant_id) {
      await db
        .updateTable('authorization_codes')
        .set({ grant_id })
        .where('hash', '=', hash)
        .execute()
    },

    async deleteUnused({ clientId, userId }) {
      const all = db.deleteFrom('authorization_codes').where('client_id', '=', clientId)
      const own = userId === undefined ? all : all.where('user_id', '=', userId)
      await own.where('grant_id', 'is', null).execute()
    },

    async prune(before) {
      const old = db.deleteFrom('authorization_codes').where('expires_at', '<', before)
      return Number((await old.executeTakeFirst()).numDeletedRows)
    },
  }
}

function toRow(hash: string, code: AuthorizationCode): AuthorizationCodeRow {
  return {
    hash,
    client_id: code.clientId,
    user_id: code.userId,
    session_id: code.sessionId,
    redirect_uri: code.redirectUri,
    challenge: code.challenge,
    scopes: joinWords(code.scopes),
    resource: code.resource,
    nonce: code.nonce,
    expires_at: code.expiresAt,
    grant_id: code.grantId,
    jkt: code.jkt,
  }
}

function toCode(row: AuthorizationCodeRow): AuthorizationCode {
  return {
    clientId: row.client_id,
    userId: row.user_id,
    sessionId: row.session_id,
    redirectUri: row.redirect_uri,
    challenge: row.challenge,
    scopes: splitWords(row.scopes),
    resource: row.resource,
    nonce: row.nonce,
    expiresAt: row.expires_at,
    grantId: row.grant_id,
    jkt: row.jkt,
  }
}
