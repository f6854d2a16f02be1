import type { Kysely } from 'kysely'
import type { CodePurpose, MailCode } from '../../domain/mail/code.ts'
import type { MailCodes } from '../../domain/mail/codes.ts'
import type { MailCodeRow, Schema } from './schema.ts'

/** The mail_codes table. */
export function mailCodesTable(db: Kysely<Schema>): MailCodes {
  const lock: MailCodes['lock'] = async (by) => {
    const all = db.selectFrom('mail_codes').selectAll()
    const query = 'id' in by ? all.where('id', '=', by.id) : all.where('key', 'in', by.keys)
    return (await query.orderBy('key').forUpdate().execute()).map(toCode)
  }
  return {
    lock,

    async put(code) {
      const row = toRow(code)
      const insert = db.insertInto('mail_codes').values(row)
      await insert.onConflict((conflict) => conflict.column('key').doUpdateSet(row)).execute()
    },

    async setWrong(id, wrong) {
      await db.updateTable('mail_codes').set({ wrong }).where('id', '=', id).execute()
    },

    async delete(keys) {
      await lock({ keys }) // in one order everywhere, so that no two transactions wait for each other
      await db.deleteFrom('mail_codes').where('key', 'in', keys).execute()
    },

    async prune(before) {
      await db.deleteFrom('mail_codes').where('expires_at', '<', before).execute()
    },
  }
}

function toRow(code: MailCode): MailCodeRow {
  return {
    id: code.id,
    key: code.key,
    purpose: code.purpose,
    user_id: code.userId,
    address: code.address,
    code_hash: code.codeHash,
    link_hash: code.linkHash,
    browser_hash: code.browserHash,
    network: code.network,
    created_by: code.createdBy,
    created_at: code.createdAt,
    expires_at: code.expiresAt,
    wrong: code.wrong,
  }
}

function toCode(row: MailCodeRow): MailCode {
  return {
    id: row.id,
    key: row.key,
    purpose: row.purpose as CodePurpose, // written by toRow
    userId: row.user_id,
    address: row.address,
    codeHash: row.code_hash,
    linkHash: row.link_hash,
    browserHash: row.browser_hash,
    network: row.network,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    wrong: row.wrong,
  }
}
