import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { OutboxTables } from '../mail/outbox.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { User } from '../users/user.ts'
import { endingOf } from './end-sessions.ts'
import { notifyNewDevice } from './notify-new-device.ts'
import { newRefreshToken, writeRefreshToken } from './refresh-token.ts'
import {
  maxSessionsPerUser,
  type Session,
  type SessionGrant,
  type SessionPolicy,
} from './session.ts'
import type { SessionTx } from './sessions.ts'

/** A user who has just authenticated: the user, the password hash that matched, and the authentication methods (RFC 8176). */
export interface AuthenticatedUser {
  readonly user: User
  readonly hash: string
  readonly amr: readonly string[]
}

/** What starting a session needs. */
export interface StartSessionDeps extends EnqueueDeps {
  readonly store: Transactions<SessionTx & LimitTables & OutboxTables>
  readonly policies: EnqueueDeps['policies'] & { readonly sessions: SessionPolicy }
}

const maxUserAgentLength = 512 // characters

/**
 * Starts a session. The user is read again under a lock: if they were disabled, or their password was changed, since it was checked, it fails
 * with `credentials_wrong`, so that an operation that ends all sessions misses none. If the user has too many, the one unused for longest ends.
 */
export async function startSession(
  deps: StartSessionDeps,
  { user, hash, amr }: AuthenticatedUser,
  client: ClientInfo,
): Promise<SessionGrant> {
  const { store, random } = deps
  const unindexed = newSession(deps, user, amr, client)
  const { createdAt: now } = unindexed
  const token = newRefreshToken(random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  const started = await store.transaction(async (tx) => {
    const found = await tx.users.lock(user.id)
    if (!found || found.user.disabledAt !== null || found.hash !== hash) return undefined
    const take = (one: StatusIndex) => tx.sessions.add({ ...unindexed, status: one }, hashes)
    const session = { ...unindexed, status: await assignStatusIndex(deps, tx, take) }
    const keep = { except: session.id, others: maxSessionsPerUser - 1 }
    const ended = await tx.sessions.endUnused(user.id, now, 'too_many', keep)
    const login = { type: 'login', user: user.id, session: session.id, facts: { amr } } as const
    const endings = ended.map((id) => endingOf(user.id, id, 'too_many'))
    const { address, userAgent } = client
    await notifyNewDevice(deps, tx, found.user, client)
    await recordEvents(deps, tx, { ...login, personal: { address, userAgent } }, ...endings)
    return { session, user: found.user }
  })
  if (!started) throw fail('credentials_wrong', { facts: { user: user.id } })
  return { ...started, refreshToken: writeRefreshToken(token) }
}

/** Returns a session that begins now, before it has a status index. */
function newSession(
  { clock, random, policies }: Pick<StartSessionDeps, 'clock' | 'random' | 'policies'>,
  user: User,
  amr: readonly string[],
  { userAgent, address }: ClientInfo,
): Session {
  const now = clock.now()
  const { idleLifetime, lifetime } = policies.sessions
  return {
    id: `s_${random.bytes(16).toString('base64url')}`,
    userId: user.id,
    createdAt: now,
    lastUsedAt: now,
    authenticatedAt: now,
    amr,
    userAgent: userAgent?.slice(0, maxUserAgentLength) ?? null,
    address: address ?? null,
    idleExpiresAt: now + Math.min(idleLifetime, lifetime),
    expiresAt: now + lifetime,
    endedAt: null,
    endReason: null,
    status: null,
    grant: null,
  }
}
