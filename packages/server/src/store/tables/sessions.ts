import type { Seconds } from '@countersign/token/internal'
import { sql, type ExpressionBuilder, type Kysely } from 'kysely'
import type { UsedToken } from '../../domain/sessions/refresh-rotation.ts'
import { maxSessionsPerUser } from '../../domain/sessions/session.ts'
import type { SessionKind, Sessions } from '../../domain/sessions/sessions.ts'
import { compileOnce, type Value } from './compile-once.ts'
import { countRows } from './count-rows.ts'
import type { Schema, SessionRow } from './schema.ts'
import { dayOf, toSession } from './session-rows.ts'
import { toUser } from './users.ts'

/** The sessions table. */
export function sessionsTable(db: Kysely<Schema>): Sessions {
  return { ...reads(db), ...lists(db), ...writes(db) }
}

/** Selects a session and its user in one statement, because every refresh does. `created_at` and `name` of the user get other names: sessions have the columns, too. */
const selectByHandle = compileOnce((db, value: Value<{ handleHash: string }>) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .selectAll('sessions')
    .select(['users.created_at as registered_at', 'users.name as user_name'])
    .where('handle_hash', '=', value('handleHash')),
)

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
      const [row] = (await selectByHandle(db, { handleHash })).rows
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

/** Writes the use of a refresh token, unless the session has ended or has another current one. */
const updateRotation = compileOnce((db, value: Value<RotationUpdate>) =>
  db
    .updateTable('sessions')
    .where('ended_at', 'is', null)
    .where('id', '=', value('id'))
    .where('secret_hash', '=', value('current'))
    .set({
      secret_hash: value('secret_hash'),
      used: value('used'),
      last_used_at: value('last_used_at'),
      idle_expires_at: value('idle_expires_at'),
      idle_day: value('idle_day'),
    }),
)

type RotationUpdate = { readonly id: string; readonly current: string } & Pick<
  SessionRow,
  'secret_hash' | 'used' | 'last_used_at' | 'idle_expires_at' | 'idle_day'
>

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
      return (await updateRotation(db, { id, current, ...change })).numAffectedRows === 1n
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
