import type { EndReason } from '../../domain/audit-log/event.ts'
import type { Seconds } from '@countersign/token/internal'
import { sql, type ExpressionBuilder, type Kysely } from 'kysely'
import type { UsedToken } from '../../domain/sessions/refresh-rotation.ts'
import { maxSessionsPerUser, type Grant, type Session } from '../../domain/sessions/session.ts'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import type { SessionKind, Sessions } from '../../domain/sessions/sessions.ts'
import { countRows } from './count-rows.ts'
import type { Schema, SessionRow } from './schema.ts'
import { toUser } from './users.ts'
import { joinWords, splitWords } from './words.ts'

/** The sessions table. */
export function sessionsTable(db: Kysely<Schema>): Sessions {
  return { ...reads(db), ...lists(db), ...writes(db) }
}

function reads(db: Kysely<Schema>): Pick<Sessions, 'find' | 'findByHandle' | 'findGrantOf'> {
  return {
    async find(id) {
      const query = db.selectFrom('sessions').selectAll().where('id', '=', id)
      const row = await query.executeTakeFirst()
      return row && toSession(row)
    },

    async findGrantOf(clientId) {
      const own = db.selectFrom('sessions').selectAll().where('client_id', '=', clientId)
      const notEnded = own.where('kind', '=', 'client').where('ended_at', 'is', null)
      const row = await notEnded.executeTakeFirst()
      return row && toSession(row)
    },

    async findByHandle(handleHash) {
      // One query for session and user, because every refresh runs it. `created_at` and `name` of the user get other names: sessions have the columns, too.
      const query = db.selectFrom('sessions').innerJoin('users', 'users.id', 'sessions.user_id')
      const columns = query
        .selectAll('users')
        .selectAll('sessions')
        .select(['users.created_at as registered_at', 'users.name as user_name'])
      const row = await columns.where('handle_hash', '=', handleHash).executeTakeFirst()
      if (!row) return undefined
      const used = JSON.parse(row.used) as readonly UsedToken[] // only `advance` writes the column
      return {
        session: toSession(row),
        rotation: { current: row.secret_hash, used },
        user: toUser({
          ...row,
          id: row.user_id ?? '',
          name: row.user_name,
          created_at: row.registered_at,
        }),
      }
    },
  }
}

/** Queries for sessions that are alive. */
function lists(
  db: Kysely<Schema>,
): Pick<Sessions, 'listAlive' | 'listGrants' | 'page' | 'countAlive' | 'countAliveOf'> {
  return {
    async listAlive(userId, now) {
      const own = alive(db, now).selectAll().where('user_id', '=', userId)
      const lastUsed = own.orderBy('last_used_at', 'desc').orderBy('id')
      return (await lastUsed.limit(maxSessionsPerUser).execute()).map(toSession)
    },

    async listGrants(userId, kind, now) {
      const own = alive(db, now, kind).selectAll().where('user_id', '=', userId)
      const rows = own.where((where) =>
        where.or([where('parent_id', 'is', null), where.exists(parentOf(where, now))]),
      )
      return (await rows.orderBy('created_at', 'desc').orderBy('id').execute()).map(toSession)
    },

    async page({ now, kind, limit, after }) {
      // Sorted by expiry, which has an index and is the same order as that of the start.
      let query = alive(db, now, kind)
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .selectAll('sessions')
        .select('users.name as user_name')
        .orderBy('sessions.expires_at', 'desc')
        .orderBy('sessions.id', 'desc')
      if (after)
        query = query.where(
          sql<boolean>`(sessions.expires_at, sessions.id) < (${after.expiresAt}, ${after.id})`,
        )
      const rows = await query.limit(limit).execute()
      return rows.map((row) => ({ ...toSession(row), userName: row.user_name }))
    },

    async countAliveOf(userIds, now) {
      if (userIds.length === 0) return new Map()
      const own = alive(db, now).where('user_id', 'in', userIds).groupBy('user_id')
      const counts = own.select(['user_id', ({ fn }) => fn.countAll().as('count')])
      const rows = await counts.execute()
      return new Map(rows.map((row) => [row.user_id ?? '', Number(row.count)])) // sign-ins have a user
    },

    async countAlive(now, max) {
      return countRows(db, alive(db, now).select('sessions.id').limit(max))
    },
  }
}

/** Selects the sign-in that a grant ends with, if it is alive: one that expires ends no row. */
function parentOf(where: ExpressionBuilder<Schema, 'sessions'>, now: Seconds) {
  return where
    .selectFrom('sessions as parent')
    .select('parent.id')
    .whereRef('parent.id', '=', 'sessions.parent_id')
    .where('parent.ended_at', 'is', null)
    .where('parent.idle_expires_at', '>', now)
    .where('parent.expires_at', '>', now)
}

function alive(db: Kysely<Schema>, now: Seconds, kind: SessionKind = 'sign_in') {
  return db
    .selectFrom('sessions')
    .where('kind', '=', kind)
    .where('ended_at', 'is', null)
    .where('idle_expires_at', '>', now)
    .where('sessions.expires_at', '>', now)
}

function writes(db: Kysely<Schema>): Pick<Sessions, 'advance' | 'markUsed' | 'prune'> {
  const notEnded = () => db.updateTable('sessions').where('ended_at', 'is', null)
  return {
    async advance(id, current, next, { at, idleExpiresAt }) {
      const change = {
        secret_hash: next.current,
        used: JSON.stringify(next.used),
        last_used_at: at,
        idle_expires_at: idleExpiresAt,
        idle_day: dayOf(idleExpiresAt),
      }
      const update = notEnded().where('id', '=', id).where('secret_hash', '=', current).set(change)
      return (await update.executeTakeFirst()).numUpdatedRows === 1n
    },

    async markUsed(id, at) {
      const update = notEnded().where('id', '=', id).set({ last_used_at: at })
      await update
        .where((where) =>
          where.or([
            where('last_used_at', '<=', at - minUseInterval),
            where('last_used_at', '=', where.ref('created_at')), // never used
          ]),
        )
        .execute()
    },

    async prune(before) {
      const isOver = db
        .deleteFrom('sessions')
        .where((where) =>
          where.or([
            where('expires_at', '<', before),
            where('ended_at', '<', before),
            where('idle_day', '<=', dayOf(before)).and('idle_expires_at', '<', before),
          ]),
        )
      return Number((await isOver.executeTakeFirst()).numDeletedRows)
    },
  }
}

const minUseInterval = 60 // seconds between two writes of when an API token was used
const dayOf = (at: Seconds) => Math.floor(at / 86_400)

/** Converts a session to a row, without the columns of its refresh token. */
export function toRow(session: Session): Omit<SessionRow, 'handle_hash' | 'secret_hash' | 'used'> {
  return {
    id: session.id,
    user_id: session.grant?.kind === 'client' ? null : session.userId,
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    authenticated_at: session.authenticatedAt,
    amr: session.amr.join(' '),
    user_agent: session.userAgent,
    address: session.address,
    idle_expires_at: session.idleExpiresAt,
    idle_day: dayOf(session.idleExpiresAt),
    expires_at: session.expiresAt,
    ended_at: session.endedAt,
    end_reason: session.endReason,
    status_list: session.status?.list ?? null,
    status_index: session.status?.index ?? null,
    kind: session.grant?.kind ?? 'sign_in',
    name: session.grant?.name ?? null,
    client_id: session.grant?.clientId ?? null,
    scopes: session.grant && joinWords(session.grant.scopes),
    resource: session.grant?.resource ?? null,
    parent_id: session.grant?.parentId ?? null,
    jkt: session.grant?.jkt ?? null,
  }
}

/** Converts a row to a session. */
export function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id ?? row.client_id ?? '',
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    authenticatedAt: row.authenticated_at,
    amr: row.amr.split(' ').filter((one) => one !== ''),
    userAgent: row.user_agent,
    address: row.address,
    idleExpiresAt: row.idle_expires_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason as EndReason | null, // only `end`, `endAll` and `endUnused` write the column
    status: statusOf(row),
    grant: grantOf(row),
  }
}

const kinds: readonly Grant['kind'][] = ['api_token', 'client', 'application']

function grantOf({
  name,
  client_id,
  scopes,
  resource,
  parent_id,
  jkt,
  ...row
}: SessionRow): Grant | null {
  const kind = kinds.find((one) => one === row.kind)
  if (!kind) return null
  const more = { scopes: splitWords(scopes ?? ''), resource, parentId: parent_id, jkt }
  return { kind, name: name ?? '', clientId: client_id, ...more }
}

function statusOf({ status_list: list, status_index: index }: SessionRow): StatusIndex | null {
  return list === null || index === null ? null : { list, index }
}
