import type { Kysely } from 'kysely'
import type { PasskeyChallengeTable } from '../../domain/factors/passkey-challenge.ts'
import type { Passkey, PasskeyTable } from '../../domain/factors/passkey.ts'
import type { PasskeyRow } from './factor-rows.ts'
import type { Schema } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

/** The passkeys table. */
export function passkeysTable(db: Kysely<Schema>): PasskeyTable {
  return {
    async list(userId) {
      const query = db.selectFrom('passkeys').selectAll().where('user_id', '=', userId)
      return (await query.orderBy('created_at').orderBy('id').execute()).map(toPasskey)
    },

    async findByCredential(credentialId) {
      const query = db.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId)
      const row = await query.executeTakeFirst()
      return row && toPasskey(row)
    },

    async add(passkey) {
      const insert = db.insertInto('passkeys').values(toRow(passkey))
      const added = insert.onConflict((conflict) => conflict.column('credential_id').doNothing())
      return (await added.executeTakeFirst()).numInsertedOrUpdatedRows === 1n
    },

    async use(id, { counter, synced, at }) {
      await db
        .updateTable('passkeys')
        .set({ counter, synced: synced ? 1 : 0, last_used_at: at })
        .where('id', '=', id)
        .execute()
    },

    async rename(userId, id, name) {
      const update = db.updateTable('passkeys').set({ name }).where('user_id', '=', userId)
      return (await update.where('id', '=', id).executeTakeFirst()).numUpdatedRows === 1n
    },

    async delete(userId, id) {
      const of = db.deleteFrom('passkeys').where('user_id', '=', userId)
      return (await of.where('id', '=', id).executeTakeFirst()).numDeletedRows === 1n
    },

    async deleteAll(userId) {
      await db.deleteFrom('passkeys').where('user_id', '=', userId).execute()
    },
  }
}

function toRow(passkey: Passkey): PasskeyRow {
  return {
    id: passkey.id,
    user_id: passkey.userId,
    name: passkey.name,
    credential_id: passkey.credentialId,
    public_key: passkey.publicKey,
    counter: passkey.counter,
    transports: joinWords(passkey.transports),
    synced: passkey.synced ? 1 : 0,
    created_at: passkey.createdAt,
    last_used_at: passkey.lastUsedAt,
  }
}

function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: splitWords(row.transports),
    synced: row.synced === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}

/** The passkey_challenges table. */
export function passkeyChallengesTable(db: Kysely<Schema>): PasskeyChallengeTable {
  return {
    async add({ challenge, purpose, subject, expiresAt }) {
      const row = { challenge, purpose, subject, expires_at: expiresAt }
      await db.insertInto('passkey_challenges').values(row).execute()
    },

    async use(challenge, { purpose, subject }, now) {
      const one = db.deleteFrom('passkey_challenges').where('challenge', '=', challenge)
      const bound = one.where('purpose', '=', purpose).where('subject', '=', subject)
      const live = bound.where('expires_at', '>', now)
      return (await live.executeTakeFirst()).numDeletedRows === 1n
    },

    async prune(before) {
      await db.deleteFrom('passkey_challenges').where('expires_at', '<', before).execute()
    },
  }
}
