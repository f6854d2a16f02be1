import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { User } from '../users/user.ts'
import { endingOf } from './end-sessions.ts'
import { hashOf, newRefreshToken, writeRefreshToken } from './refresh-token.ts'
import type { SessionGrant } from './rotate-refresh-token.ts'
import { maxSessionsPerUser, type Session } from './session.ts'

/** From where somebody signed in, as far as it is known. */
export interface ClientInfo {
  readonly userAgent?: string | undefined
  readonly address?: string | undefined
}

/** Somebody who has just proved who they are: the user, the password hash that fitted, and how it was proved (RFC 8176). */
export interface AuthenticatedUser {
  readonly user: User
  readonly hash: string
  readonly amr: readonly string[]
}

const maxUserAgentLength = 512 // characters

/**
 * Starts a session. The user is looked at again under a lock: whoever was disabled, or whose password was changed, since it was
 * checked gets `credentials_wrong`, so that what ends all sessions misses none. When they have too many, the longest unused ends.
 */
export async function startSession(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'policies'>,
  { user, hash, amr }: AuthenticatedUser,
  { userAgent, address }: ClientInfo,
): Promise<SessionGrant> {
  const { store, clock, random, policies } = runtime
  const now = clock.now()
  const { idleLifetime, lifetime } = policies.sessions
  const begun: Session = {
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
  }
  const token = newRefreshToken(random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  const started = await store.transaction(async (tx) => {
    const found = await tx.users.lock(user.id)
    if (!found || found.user.disabledAt !== null || found.hash !== hash) return undefined
    const take = (one: StatusIndex) => tx.sessions.add({ ...begun, status: one }, hashes)
    const session = { ...begun, status: await assignStatusIndex(runtime, tx, take) }
    const keep = { except: session.id, others: maxSessionsPerUser - 1 }
    const ended = await tx.sessions.endUnused(user.id, now, 'too_many', keep)
    const login = { type: 'login', user: user.id, session: session.id, facts: { amr } } as const
    const endings = ended.map((id) => endingOf(user.id, id, 'too_many'))
    await recordEvents(runtime, tx, { ...login, personal: { address, userAgent } }, ...endings)
    return { session, user: found.user }
  })
  if (!started) throw fail('credentials_wrong', { facts: { user: user.id } })
  return { ...started, refreshToken: writeRefreshToken(token) }
}
