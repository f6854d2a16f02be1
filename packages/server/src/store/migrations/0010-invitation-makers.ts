import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { readFacts } from '../../domain/ledger/read-facts.ts'

/**
 * Who made an invitation. Nothing of a user is referred to: that they are gone must stay to be seen. Of those that there are, the ledger
 * knows; without this, what an administrator made would be the command line's, and outlive their rights.
 */
export const invitationMakers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('invitations').addColumn('created_by', 'text').execute()
    const { rows } = await sql<{ facts: string }>`
      select facts from ledger where type = 'user_invited'`.execute(db)
    for (const { facts } of rows) {
      const { invitation, by } = readFacts(facts)
      if (typeof invitation !== 'string' || typeof by !== 'string' || by === 'command line')
        continue
      await sql`update invitations set created_by = ${by} where id = ${invitation}`.execute(db)
    }
  },
}
