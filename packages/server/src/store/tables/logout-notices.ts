import type { Kysely } from 'kysely'
import type { Seconds } from '@countersign/token/internal'
import type { Application } from '../../domain/clients/application.ts'
import type { EndReason } from '../../domain/audit-log/event.ts'
import type { LogoutNotice, LogoutNotices } from '../../domain/grants/logout-notices.ts'
import type { LogoutNoticeRow } from './client-rows.ts'
import type { Schema, SessionRow } from './schema.ts'

/** The table logout_notices. */
export function logoutNoticesTable(db: Kysely<Schema>): LogoutNotices {
  return {
    async claim(now, leaseUntil, limit, except = []) {
      const all = db
        .selectFrom('logout_notices')
        .select('grant_id')
        .where('next_attempt_at', '<=', now)
        .orderBy('next_attempt_at')
        .limit(limit)
      const due = except.length === 0 ? all : all.where('client_id', 'not in', except)
      // As in the outbox: the time is compared once more, so that of two servers one gets each row.
      const claimed = await db
        .updateTable('logout_notices')
        .set((row) => ({ attempts: row('attempts', '+', 1), next_attempt_at: leaseUntil }))
        .where('grant_id', 'in', due)
        .where('next_attempt_at', '<=', now)
        .returningAll()
        .execute()
      return claimed.map(toNotice)
    },

    async remove({ grantId, attempts }) {
      const own = db.deleteFrom('logout_notices').where('grant_id', '=', grantId)
      await own.where('attempts', '=', attempts).execute()
    },

    async defer({ grantId, attempts }, next_attempt_at) {
      const own = db.updateTable('logout_notices').where('grant_id', '=', grantId)
      await own.where('attempts', '=', attempts).set({ next_attempt_at }).execute()
    },
  }
}

/** Writes the notices of sessions that have just ended: for the grants of applications that are notified. A removed application is not. */
export async function addLogoutNotices(
  db: Kysely<Schema>,
  ended: readonly Pick<SessionRow, 'id' | 'kind' | 'client_id' | 'user_id'>[],
  now: Seconds,
  reason: EndReason,
): Promise<void> {
  const grants = ended.filter(({ kind }) => kind === 'application')
  if (grants.length === 0 || reason === 'client_removed') return
  const ids = [...new Set(grants.map((one) => one.client_id ?? ''))]
  const clients = await db.selectFrom('clients').selectAll().where('id', 'in', ids).execute()
  const notified = new Set(clients.filter((one) => isNotified(one.application)).map(({ id }) => id))
  const rows = grants.flatMap(({ id, client_id, user_id }): LogoutNoticeRow[] =>
    client_id === null || user_id === null || !notified.has(client_id)
      ? []
      : [{ grant_id: id, client_id, user_id, created_at: now, next_attempt_at: now, attempts: 0 }],
  )
  if (rows.length > 0) await db.insertInto('logout_notices').values(rows).execute()
}

function isNotified(application: string | null): boolean {
  if (application === null) return false
  return Boolean((JSON.parse(application) as Partial<Application>).backchannelLogoutUri)
}

function toNotice(row: LogoutNoticeRow): LogoutNotice {
  return {
    grantId: row.grant_id,
    clientId: row.client_id,
    userId: row.user_id,
    createdAt: row.created_at,
    attempts: row.attempts,
  }
}
