import type { Kysely } from 'kysely'
import type { CodePurpose, MailCode } from '../../domain/mail/code.ts'
import type { MailCodes } from '../../domain/mail/codes.ts'
import type { MailCodeRow, Schema } from './schema.ts'

/** The mail_codes table. */
export function mailCodesTable(db: Kysely<Schema>): MailCodes {
  type By = Parameters<MailCodes['lock']>[0]
  const column = (by: By) => ('id' in by ? (['id', by.id] as const) : (['key', by.key] as const))
  return {
    async put(code) {
      const row = toRow(code)
      const insert = db.insertInto('mail_codes').values(row)
      await insert.onConflict((conflict) => conflict.column('key').doUpdateSet(row)).execute()
    },

    async lock(by) {
      const [name, value] = column(by)
      const query = db.selectFrom('mail_codes').selectAll().where(name, '=', value)
      const row = await query.forUpdate().executeTakeFirst()
      return row && toCode(row)
    },

    async setWrong(id, wrong) {
      await db.updateTable('mail_codes').set({ wrong }).where('id', '=', id).execute()
    },

    async delete(by) {
      const [name, value] = column(by)
      await db.deleteFrom('mail_codes').where(name, '=', value).execute()
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
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    wrong: row.wrong,
  }
}
