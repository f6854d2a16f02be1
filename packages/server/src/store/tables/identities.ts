import type { Kysely } from 'kysely'
import type {
  FederatedRequest,
  FederatedRequests,
} from '../../domain/federation/federated-request.ts'
import type { Identities, Identity } from '../../domain/users/identity.ts'
import type { FederatedRequestRow, IdentityRow } from './factor-rows.ts'
import type { Schema } from './schema.ts'

/** The identities table. */
export function identitiesTable(db: Kysely<Schema>): Identities {
  return {
    async list(userId) {
      const query = db.selectFrom('identities').selectAll().where('user_id', '=', userId)
      return (await query.orderBy('created_at').orderBy('id').execute()).map(toIdentity)
    },

    async find(issuer, subject) {
      const query = db.selectFrom('identities').selectAll().where('issuer', '=', issuer)
      const row = await query.where('subject', '=', subject).executeTakeFirst()
      return row && toIdentity(row)
    },

    async add(identity) {
      const insert = db.insertInto('identities').values(toRow(identity))
      const added = insert.onConflict((conflict) =>
        conflict.columns(['issuer', 'subject']).doNothing(),
      )
      return (await added.executeTakeFirst()).numInsertedOrUpdatedRows === 1n
    },

    async markUsed(id, at) {
      await db.updateTable('identities').set({ last_used_at: at }).where('id', '=', id).execute()
    },

    async delete(userId, id) {
      const of = db.deleteFrom('identities').where('user_id', '=', userId)
      return (await of.where('id', '=', id).executeTakeFirst()).numDeletedRows === 1n
    },
  }
}

function toRow(identity: Identity): IdentityRow {
  return {
    id: identity.id,
    user_id: identity.userId,
    provider: identity.provider,
    issuer: identity.issuer,
    subject: identity.subject,
    label: identity.label,
    created_at: identity.createdAt,
    last_used_at: identity.lastUsedAt,
  }
}

function toIdentity(row: IdentityRow): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    issuer: row.issuer,
    subject: row.subject,
    label: row.label,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}

/** The federated_requests table. */
export function federatedRequestsTable(db: Kysely<Schema>): FederatedRequests {
  return {
    async add(request) {
      await db.insertInto('federated_requests').values(toRequestRow(request)).execute()
    },

    async take({ stateHash, browserHash, provider }, now) {
      const one = db.deleteFrom('federated_requests').where('state_hash', '=', stateHash)
      const bound = one.where('browser_hash', '=', browserHash).where('provider', '=', provider)
      const row = await bound.where('expires_at', '>', now).returningAll().executeTakeFirst()
      return row && toRequest(row)
    },

    async prune(before) {
      await db.deleteFrom('federated_requests').where('expires_at', '<', before).execute()
    },
  }
}

function toRequestRow(request: FederatedRequest): FederatedRequestRow {
  return {
    state_hash: request.stateHash,
    browser_hash: request.browserHash,
    provider: request.provider,
    session_id: request.sessionId,
    user_id: request.userId,
    return_to: request.returnTo,
    invitation_hash: request.invitationHash,
    expires_at: request.expiresAt,
  }
}

function toRequest(row: FederatedRequestRow): FederatedRequest {
  return {
    stateHash: row.state_hash,
    browserHash: row.browser_hash,
    provider: row.provider,
    sessionId: row.session_id,
    userId: row.user_id,
    returnTo: row.return_to,
    invitationHash: row.invitation_hash,
    expiresAt: row.expires_at,
  }
}
