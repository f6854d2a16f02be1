import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The inviter of an invitation. It is no foreign key: an invitation must show that its inviter was deleted. For existing invitations the
 * inviter is read from the audit log; without it, an invitation by an administrator would count as made at the command line, and would
 * outlive the administrator's rights. A server of the previous version that still runs writes no inviter, so its invitations do.
 */
export const invitationMakers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('invitations').addColumn('created_by', 'text').execute()
    // The databases have no JSON functions in common. All facts of this type were written as {"invitation":"i_…","roles":[…],"by":"u_…"},
    // where a user's id has 24 characters.
    await sql`update invitations set created_by = (
      select max(substr(facts, length(facts) - 25, 24)) from ledger
      where type = 'user_invited' and substr(facts, length(facts) - 31, 8) = '"by":"u_'
        and substr(facts, 1, length(invitations.id) + 16) = '{"invitation":"' || invitations.id || '"')`.execute(
      db,
    )
  },
}
