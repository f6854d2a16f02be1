import type { Kysely } from 'kysely'
import type { Seconds } from '@countersign/token/internal'
import type { EndReason } from '../../domain/audit-log/event.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import { endsTokens } from '../../domain/sessions/session.ts'
import type { SessionChanges } from '../../domain/sessions/sessions.ts'
import { addLogoutNotices } from './logout-notices.ts'
import { toRow, toSession } from './session-rows.ts'
import { isTaken, type addNumbered } from './status-lists.ts'
import type { Schema, SessionRow } from './schema.ts'
import { joinWords } from './words.ts'

type EndedRow = Pick<
  SessionRow,
  'id' | 'status_list' | 'status_index' | 'kind' | 'client_id' | 'user_id'
>

const maxEndedAtOnce = 1000 // for users who had more sessions than are allowed now; the next sign-in ends more

/** Writes the changes of status bits. */
type AddChanges = typeof addNumbered

/**
 * The writes of a transaction to the sessions table and, with them, of status bits. `propagate` is called when bits were set, or may have been set
 * by an earlier transaction that did the same.
 */
export function sessionChanges(
  db: Kysely<Schema>,
  addChanges: AddChanges,
  propagate: () => void,
): SessionChanges {
  const revoke = revocation(db, addChanges, propagate)
  return {
    ...tokens(db),
    ...locks(db),
    ...endings(db, revoke, propagate),
    revoke,
    propagateEarlier: propagate,
  }
}

/** Makes the function that sets bits. */
function revocation(
  db: Kysely<Schema>,
  addChanges: AddChanges,
  propagate: () => void,
): SessionChanges['revoke'] {
  return async (indices, now) => {
    if (indices.length === 0) return
    await addChanges(db, indices, now)
    propagate()
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
      const own = inOrder(notEnded(db).where('parent_id', '=', from)).select('id')
      await db.updateTable('sessions').where('id', 'in', own).set({ parent_id: to }).execute()
    },

    async replaceRefreshToken(id, { handle, secret }) {
      await update(id, { handle_hash: handle, secret_hash: secret, used: '[]' }).execute()
    },
  }
}

const notEnded = (db: Kysely<Schema>) => db.selectFrom('sessions').where('ended_at', 'is', null)

/** Locks sessions in the order that {@link SessionChanges} promises: an update alone locks its rows in any order, and two of them could wait for one another. */
function inOrder(query: ReturnType<typeof notEnded>) {
  return query.orderBy('kind', 'desc').orderBy('id').forUpdate() // `sign_in` is the last of the kinds
}

function locks(db: Kysely<Schema>): Pick<SessionChanges, 'lock' | 'lockNotEnded' | 'lockGrants'> {
  return {
    async lock(id) {
      const query = db.selectFrom('sessions').selectAll().where('id', '=', id).forUpdate()
      const row = await query.executeTakeFirst()
      return row && toSession(row)
    },

    async lockNotEnded(userId) {
      const own = inOrder(notEnded(db).where('user_id', '=', userId)).selectAll()
      return (await own.execute()).map(toSession)
    },

    async lockGrants({ clients, resource }) {
      const query = notEnded(db).where((where) =>
        where.or([
          ...(clients.length > 0 ? [where('client_id', 'in', clients)] : []),
          ...(resource === undefined ? [] : [where('resource', '=', resource)]),
        ]),
      )
      return (await inOrder(query).selectAll().execute()).map(toSession)
    },
  }
}

const columns = ['id', 'status_list', 'status_index', 'kind', 'client_id', 'user_id'] as const

/** Ends sessions that have not ended, and returns their rows. */
async function ending(
  db: Kysely<Schema>,
  query: ReturnType<typeof notEnded>,
  now: Seconds,
  reason: EndReason,
): Promise<readonly EndedRow[]> {
  const update = db.updateTable('sessions').where('id', 'in', inOrder(query).select('id'))
  return update.set({ ended_at: now, end_reason: reason }).returning(columns).execute()
}

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
    const signIns = rows.filter(({ kind }) => kind === 'sign_in').map(({ id }) => id)
    const own =
      signIns.length === 0
        ? []
        : await ending(db, notEnded(db).where('parent_id', 'in', signIns), now, reason)
    const all = [...rows, ...own]
    await setBits(all, now)
    await addLogoutNotices(db, all, now, reason)
    return all.map(({ id }) => id)
  }
}

function endings(
  db: Kysely<Schema>,
  revoke: SessionChanges['revoke'],
  propagate: () => void, // also where nothing is left to end; not by `endUnused`, which each sign-in calls
): Pick<SessionChanges, 'end' | 'endAll' | 'endUnused' | 'endGrantsOf'> {
  const withGrants = endingGrants(db, revoke)
  return {
    async end(id, now, reason) {
      propagate()
      const rows = await ending(db, notEnded(db).where('id', '=', id), now, reason)
      await withGrants(rows, now, reason)
      return rows.length === 1
    },

    async endAll(userId, now, reason, except = '') {
      propagate()
      const all = notEnded(db).where('user_id', '=', userId).where('id', '!=', except)
      const own = endsTokens(reason) ? all : all.where('kind', '=', 'sign_in')
      return withGrants(await ending(db, own, now, reason), now, reason)
    },

    async endUnused(userId, now, reason, { kind = 'sign_in', except, others }) {
      const own = notEnded(db).where('user_id', '=', userId).where('kind', '=', kind)
      const lastUsed = own.select('id').where('id', '!=', except).orderBy('last_used_at', 'desc')
      const beyond = lastUsed.limit(maxEndedAtOnce).offset(others)
      const rows = await ending(db, notEnded(db).where('id', 'in', beyond), now, reason)
      return withGrants(rows, now, reason)
    },

    async endGrantsOf(clientId, now, reason, limit) {
      propagate()
      const own = notEnded(db).where('client_id', '=', clientId).where('kind', '=', 'application')
      const rows = await ending(db, own.limit(limit), now, reason)
      await withGrants(rows, now, reason)
      return rows.map((row) => ({ id: row.id, userId: row.user_id ?? '' }))
    },
  }
}
