import { sql, type Kysely } from 'kysely'
import type { Invitation } from '../../domain/registration/invitation.ts'
import type { Invitations } from '../../domain/registration/invitations.ts'
import type { InvitationRow, Schema } from './schema.ts'

/** The invitations table. */
export function invitationsTable(db: Kysely<Schema>): Invitations {
  const byHash = (hash: string) =>
    db.selectFrom('invitations').selectAll().where('secret_hash', '=', hash)
  return {
    async findByHash(hash) {
      const row = await byHash(hash).executeTakeFirst()
      return row && toInvitation(row)
    },

    async lockByHash(hash) {
      const row = await byHash(hash).forUpdate().executeTakeFirst()
      return row && toInvitation(row)
    },

    async list({ limit, after }) {
      const all = db.selectFrom('invitations').selectAll()
      let page = all.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit)
      if (after)
        page = page.where(sql<boolean>`(created_at, id) < (${after.createdAt}, ${after.id})`)
      return (await page.execute()).map(toInvitation)
    },

    async add({ id, roles, createdBy, createdAt, expiresAt }, hash) {
      const times = { created_at: createdAt, expires_at: expiresAt, used_at: null }
      const row = {
        id,
        secret_hash: hash,
        roles: roles.join(' '),
        created_by: createdBy,
        ...times,
      }
      await db.insertInto('invitations').values(row).execute()
    },

    async markUsed(id, at) {
      await db.updateTable('invitations').set({ used_at: at }).where('id', '=', id).execute()
    },

    async delete(id) {
      const deletion = db.deleteFrom('invitations').where('id', '=', id)
      return (await deletion.executeTakeFirst()).numDeletedRows === 1n
    },

    async prune(before) {
      await db.deleteFrom('invitations').where('expires_at', '<', before).execute()
    },
  }
}

function toInvitation(row: InvitationRow): Invitation {
  return {
    id: row.id,
    roles: row.roles.split(' ').filter((one) => one !== ''),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  }
}
