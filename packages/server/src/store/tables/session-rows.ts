import type { EndReason } from '../../domain/audit-log/event.ts'
import type { Seconds } from '@countersign/token/internal'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import type { Grant, Session } from '../../domain/sessions/session.ts'
import type { SessionRow } from './schema.ts'
import { joinWords, splitWords } from './words.ts'

/** Returns the day of a time, by which idle sessions are found. */
export const dayOf = (at: Seconds): number => Math.floor(at / 86_400)

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
