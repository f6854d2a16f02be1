import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The user who made a link to hand over. It is no foreign key: a link of a deleted user must not count as one of the command line, which null stands
 * for. So the links of before are deleted: they are valid for an hour. A server of the previous version that still runs writes no maker.
 */
export const resetLinkMakers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('mail_codes').addColumn('created_by', 'text').execute()
    await sql`delete from mail_codes where browser_hash = 'any'`.execute(db)
  },
}
