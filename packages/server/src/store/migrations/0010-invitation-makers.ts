import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Who made an invitation. Nothing of a user is referred to: that they are gone must stay to be seen. Of those that there are, the ledger
 * knows; without this, what an administrator made would be the command line's, and outlive their rights. As it does where a server of the
 * version before still runs and makes one: it writes no maker.
 */
export const invitationMakers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('invitations').addColumn('created_by', 'text').execute()
    // The databases share no words for JSON. All facts of this type were written as {"invitation":"i_…","roles":[…],"by":"u_…"},
    // where a user's id has 24 characters.
    await sql`update invitations set created_by = (
      select max(substr(facts, length(facts) - 25, 24)) from ledger
      where type = 'user_invited' and substr(facts, length(facts) - 31, 8) = '"by":"u_'
        and substr(facts, 1, length(invitations.id) + 16) = '{"invitation":"' || invitations.id || '"')`.execute(
      db,
    )
  },
}
