import type { Kysely } from 'kysely'
import type { Seconds } from '@countersign/token/internal'
import type { EndReason } from '../../domain/audit-log/event.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import { endsTokens } from '../../domain/sessions/session.ts'
import type { SessionChanges } from '../../domain/sessions/sessions.ts'
import { addLogoutNotices } from './logout-notices.ts'
import { toRow, toSession } from './sessions.ts'
import { addChanges, isTaken } from './status-lists.ts'
import type { Schema, SessionRow } from './schema.ts'
import { joinWords } from './words.ts'

type EndedRow = Pick<
  SessionRow,
  'id' | 'status_list' | 'status_index' | 'kind' | 'client_id' | 'user_id'
>

const maxEndedAtOnce = 1000 // for users who had more sessions than are allowed now; the next sign-in ends more

/** The writes of a transaction to the sessions table and, with them, to status_changes. `onEnd` is called when bits were set. */
export function sessionChanges(db: Kysely<Schema>, onEnd: () => Promise<void>): SessionChanges {
  const revoke = revocation(db, onEnd)
  return { ...tokens(db), ...locks(db), ...endings(db, revoke), revoke }
}

/** Makes the function that sets bits. */
function revocation(db: Kysely<Schema>, onEnd: () => Promise<void>): SessionChanges['revoke'] {
  return async (indices, now) => {
    if (indices.length === 0) return
    await addChanges(db, indices, now)
    await onEnd()
  }
}

function tokens(
  db: Kysely<Schema>,
): Pick<
  SessionChanges,
  'add' | 'setStatus' | 'setAuthentication' | 'replaceRefreshToken' | 'moveGrants'
> {
  const update = (id: string, change: Partial<SessionRow>) =>
    db.updateTable('sessions').where('id', '=', id).set(change)
  return {
    async add(session, { handle, secret }) {
      const row = { ...toRow(session), handle_hash: handle, secret_hash: secret, used: '[]' }
      const insert = db
        .insertInto('sessions')
        .values(row)
        .onConflict((conflict) => conflict.columns(['status_list', 'status_index']).doNothing())
      const added = await insert.returning('id').executeTakeFirst()
      if (!added) return false
      // Checked after the insert: a transaction that was deleting the last session with this index has committed by now.
      if (!session.status || !(await isTaken(db, session.status))) return true
      await db.deleteFrom('sessions').where('id', '=', session.id).execute()
      return false
    },

    async setAuthentication(id, amr, at) {
      await update(id, { amr: joinWords(amr), authenticated_at: at }).execute()
    },

    async setStatus(id, status) {
      const holder = db
        .selectFrom('sessions')
        .select('id')
        .where('status_list', '=', status.list)
        .where('status_index', '=', status.index)
      if ((await holder.executeTakeFirst()) || (await isTaken(db, status))) return false
      // If another session gets this index between the check and the update, the unique index refuses it, and the client retries.
      await update(id, { status_list: status.list, status_index: status.index }).execute()
      return true
    },

    async moveGrants(from, to) {
      const own = db.updateTable('sessions').where('parent_id', '=', from)
      await own.where('ended_at', 'is', null).set({ parent_id: to }).execute()
    },

    async replaceRefreshToken(id, { handle, secret }) {
      await update(id, { handle_hash: handle, secret_hash: secret, used: '[]' }).execute()
    },
  }
}

function locks(db: Kysely<Schema>): Pick<SessionChanges, 'lock' | 'lockNotEnded' | 'lockGrants'> {
  return {
    async lock(id) {
      const query = db.selectFrom('sessions').selectAll().where('id', '=', id).forUpdate()
      const row = await query.executeTakeFirst()
      return row && toSession(row)
    },

    async lockNotEnded(userId) {
      const own = db.selectFrom('sessions').selectAll().where('user_id', '=', userId)
      const rows = await own.where('ended_at', 'is', null).orderBy('id').forUpdate().execute()
      return rows.map(toSession)
    },

    async lockGrants({ clients, resource }) {
      const query = db
        .selectFrom('sessions')
        .selectAll()
        .where('ended_at', 'is', null)
        .where((where) =>
          where.or([
            ...(clients.length > 0 ? [where('client_id', 'in', clients)] : []),
            ...(resource === undefined ? [] : [where('resource', '=', resource)]),
          ]),
        )
      return (await query.orderBy('id').forUpdate().execute()).map(toSession)
    },
  }
}

const columns = ['id', 'status_list', 'status_index', 'kind', 'client_id', 'user_id'] as const
const ended = (now: Seconds, reason: EndReason) => ({ ended_at: now, end_reason: reason })

/** Makes the function that ends the grants that end with sessions, after those. It sets the bits of all at once, writes the notices to applications, and returns their ids. */
function endingGrants(db: Kysely<Schema>, revoke: SessionChanges['revoke']) {
  /** Sets the bits of ended sessions. A session from before status lists has none. */
  async function setBits(
    rows: readonly Pick<SessionRow, 'status_list' | 'status_index'>[],
    now: Seconds,
  ) {
    const bits = rows.flatMap(({ status_list: list, status_index: index }): StatusIndex[] =>
      list === null || index === null ? [] : [{ list, index }],
    )
    await revoke(bits, now)
  }

  return async (rows: readonly EndedRow[], now: Seconds, reason: EndReason) => {
    const ids = rows.map(({ id }) => id)
    const notEnded = db.updateTable('sessions').where('ended_at', 'is', null)
    const own =
      ids.length === 0
        ? []
        : await notEnded
            .where('parent_id', 'in', ids)
            .set(ended(now, reason))
            .returning(columns)
            .execute()
    const all = [...rows, ...own]
    await setBits(all, now)
    await addLogoutNotices(db, all, now, reason)
    return all.map(({ id }) => id)
  }
}

function endings(
  db: Kysely<Schema>,
  revoke: SessionChanges['revoke'],
): Pick<SessionChanges, 'end' | 'endAll' | 'endUnused'> {
  const notEnded = () => db.updateTable('sessions').where('ended_at', 'is', null)
  const withGrants = endingGrants(db, revoke)

  return {
    async end(id, now, reason) {
      const update = notEnded().where('id', '=', id).set(ended(now, reason))
      const rows = await update.returning(columns).execute()
      await withGrants(rows, now, reason)
      return rows.length === 1
    },

    async endAll(userId, now, reason, except = '') {
      const all = notEnded().where('user_id', '=', userId).where('id', '!=', except)
      const update = endsTokens(reason) ? all : all.where('kind', '=', 'sign_in')
      const rows = await update.set(ended(now, reason)).returning(columns).execute()
      return withGrants(rows, now, reason)
    },

    async endUnused(userId, now, reason, { kind = 'sign_in', except, others }) {
      const own = db.selectFrom('sessions').select('id').where('user_id', '=', userId)
      const ofKind = own.where('kind', '=', kind)
      const lastUsed = ofKind.where('ended_at', 'is', null).where('id', '!=', except)
      const beyond = lastUsed.orderBy('last_used_at', 'desc').limit(maxEndedAtOnce).offset(others)
      const update = notEnded().where('id', 'in', beyond).set(ended(now, reason))
      const rows = await update.returning(columns).execute()
      return withGrants(rows, now, reason)
    },
  }
}
