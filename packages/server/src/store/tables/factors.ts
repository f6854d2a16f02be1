import type { Kysely } from 'kysely'
import type { PendingSignIn, PendingSignInTable } from '../../domain/factors/pending-sign-in.ts'
import type { RecoveryCodeTable } from '../../domain/factors/recovery-code.ts'
import type { TotpTable } from '../../domain/factors/totp.ts'
import type { PendingSignInRow } from './factor-rows.ts'
import type { Schema } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

/** The totp table. */
export function totpTable(db: Kysely<Schema>): TotpTable {
  const update = (userId: string) => db.updateTable('totp').where('user_id', '=', userId)
  return {
    async find(userId) {
      const query = db.selectFrom('totp').selectAll().where('user_id', '=', userId)
      const row = await query.executeTakeFirst()
      return (
        row && {
          userId: row.user_id,
          encrypted: row.encrypted,
          confirmedAt: row.confirmed_at,
          lastStep: row.last_step,
          proposed: row.proposed,
          proposedUntil: row.proposed_until,
        }
      )
    },

    async propose(userId, encrypted, until) {
      const change = { proposed: encrypted, proposed_until: until }
      const none = { encrypted: null, confirmed_at: null, last_step: 0 }
      const insert = db.insertInto('totp').values({ user_id: userId, ...none, ...change })
      await insert
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(change))
        .execute()
    },

    async confirm(userId, step, at) {
      const confirmed = { confirmed_at: at, last_step: step, proposed: null, proposed_until: null }
      await update(userId)
        .set((row) => ({ ...confirmed, encrypted: row.ref('proposed') }))
        .execute()
    },

    async accept(userId, step) {
      const write = update(userId).set({ last_step: step }).where('last_step', '<', step)
      return (await write.executeTakeFirst()).numUpdatedRows === 1n
    },

    async delete(userId) {
      await db.deleteFrom('totp').where('user_id', '=', userId).execute()
    },
  }
}

/** The recovery_codes table. */
export function recoveryCodesTable(db: Kysely<Schema>): RecoveryCodeTable {
  const of = (userId: string) => db.deleteFrom('recovery_codes').where('user_id', '=', userId)
  return {
    async count(userId) {
      const query = db.selectFrom('recovery_codes').select('hash').where('user_id', '=', userId)
      return (await query.execute()).length
    },

    async replace(userId, hashes) {
      await of(userId).execute()
      if (hashes.length === 0) return
      const rows = hashes.map((hash) => ({ user_id: userId, hash }))
      await db.insertInto('recovery_codes').values(rows).execute()
    },

    async use(userId, hash) {
      return (await of(userId).where('hash', '=', hash).executeTakeFirst()).numDeletedRows === 1n
    },
  }
}

/** The pending_sign_ins table. */
export function pendingSignInsTable(db: Kysely<Schema>): PendingSignInTable {
  const of = (tokenHash: string) =>
    db.selectFrom('pending_sign_ins').selectAll().where('token_hash', '=', tokenHash)
  return {
    async add({ tokenHash, userId, passwordMark, amr, createdAt, expiresAt, wrong }) {
      const row = {
        token_hash: tokenHash,
        user_id: userId,
        password_mark: passwordMark,
        amr: joinWords(amr),
        created_at: createdAt,
        expires_at: expiresAt,
        wrong,
      }
      await db.insertInto('pending_sign_ins').values(row).execute()
    },

    async find(tokenHash) {
      const row = await of(tokenHash).executeTakeFirst()
      return row && toPending(row)
    },

    async lock(tokenHash) {
      const row = await of(tokenHash).forUpdate().executeTakeFirst()
      return row && toPending(row)
    },

    async countWrong(tokenHash) {
      await db
        .updateTable('pending_sign_ins')
        .set((row) => ({ wrong: row('wrong', '+', 1) }))
        .where('token_hash', '=', tokenHash)
        .execute()
    },

    async delete(tokenHash) {
      await db.deleteFrom('pending_sign_ins').where('token_hash', '=', tokenHash).execute()
    },

    async deleteAll(userId) {
      await db.deleteFrom('pending_sign_ins').where('user_id', '=', userId).execute()
    },

    async prune(before) {
      await db.deleteFrom('pending_sign_ins').where('expires_at', '<', before).execute()
    },
  }
}

function toPending(row: PendingSignInRow): PendingSignIn {
  return {
    tokenHash: row.token_hash,
    userId: row.user_id,
    passwordMark: row.password_mark,
    amr: splitWords(row.amr),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    wrong: row.wrong,
  }
}
