import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import {
  isMultiFactor,
  judgeFactors,
  kindsOf,
  type EnrolledFactors,
  type FactorPolicy,
  type FactorVerdict,
} from '../factors/factor-policy.ts'
import { newPendingSignIn } from '../factors/pending-sign-in.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { LimitTables } from '../limits/limits.ts'
import { trustNetwork } from '../limits/trusted-network.ts'
import type { EnqueueDeps } from '../mail/enqueue-mail.ts'
import type { OutboxTables } from '../mail/outbox.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import { foldName, type User } from '../users/user.ts'
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

/** The dependencies of starting a session. */
export interface StartSessionDeps extends EnqueueDeps {
  readonly store: Transactions<StartSessionTx>
  readonly policies: EnqueueDeps['policies'] & {
    readonly sessions: SessionPolicy
    readonly factors: FactorPolicy
  }
}

/** The tables of a transaction in which a session starts. */
export interface StartSessionTx extends SessionTx, LimitTables, OutboxTables {}

const maxUserAgentLength = 512 // characters

/**
 * Starts a session, or a pending sign-in if a second factor is missing. The user is read again under a lock: if they were disabled, or their
 * password was changed, since it was checked, it fails with `credentials_wrong`, so that an operation that ends all sessions misses none. The
 * factors are judged here, in the transaction, so that no way to sign in can go around them: it fails with `factor_required` or
 * `factor_enrolment_required`, with the secret of the pending sign-in in its facts.
 */
export async function startSession(
  deps: StartSessionDeps,
  authenticated: AuthenticatedUser,
  client: ClientInfo,
): Promise<SessionGrant> {
  const { user, hash, amr } = authenticated
  const started = await deps.store.transaction(async (tx) => {
    const found = await tx.users.lock(user.id)
    if (!found || found.user.disabledAt !== null || found.hash !== hash) return 'credentials_wrong'
    return startOrAskFactor(deps, tx, { user: found.user, hash, amr }, client)
  })
  if (started === 'credentials_wrong') throw fail(started, { facts: { user: user.id } })
  return assertStarted(started)
}

/** A sign-in that waits for a second factor. */
export interface FactorMissing {
  readonly user: User
  readonly verdict: Exclude<FactorVerdict, 'complete'>
  readonly signIn: Secret
  readonly enrolled: EnrolledFactors
}

/** Starts the session of a locked and enabled user, or a pending sign-in if a second factor is missing. `before` are events to record with it. */
export async function startOrAskFactor(
  deps: StartSessionDeps,
  tx: StartSessionTx,
  authenticated: AuthenticatedUser,
  client: ClientInfo,
  ...before: readonly SecurityEvent[]
): Promise<SessionGrant | FactorMissing> {
  const { random, clock, policies } = deps
  const { user, amr } = authenticated
  const enrolled = await tx.enrolledFactors.find(user.id)
  const verdict = judgeFactors(policies.factors, user, enrolled, amr)
  if (verdict === 'complete') return startSessionIn(deps, tx, user, amr, client, ...before)
  const { pending, token } = newPendingSignIn(random, authenticated, clock.now())
  await tx.pendingSignIns.add(pending)
  if (before.length > 0) await recordEvents(deps, tx, ...before)
  return { user, verdict, signIn: token, enrolled }
}

/** Returns the session that was started. Fails with `factor_required` or `factor_enrolment_required` for a sign-in that waits for a second factor. */
export function assertStarted(started: SessionGrant | FactorMissing): SessionGrant {
  if (!('verdict' in started)) return started
  const { user, verdict, signIn, enrolled } = started
  const code = verdict === 'factor_required' ? verdict : 'factor_enrolment_required'
  throw fail(code, { facts: { user: user.id, signIn, factors: kindsOf(enrolled) } })
}

/** Returns the secret of the pending sign-in that {@link startSession} failed with; `undefined` for another error. */
export function pendingSignInOf(error: unknown): Secret | undefined {
  const signIn = isCountersignError(error) ? error.facts['signIn'] : undefined
  return signIn instanceof Secret ? signIn : undefined
}

/** Starts a session of a locked user, whose authentication is complete, and records it. If they have too many, the one unused for longest ends. */
export async function startSessionIn(
  deps: StartSessionDeps,
  tx: StartSessionTx,
  user: User,
  amr: readonly string[],
  client: ClientInfo,
  ...before: readonly SecurityEvent[]
): Promise<SessionGrant> {
  const unindexed = newSession(deps, user, amr, client)
  const token = newRefreshToken(deps.random)
  const hashes = { handle: hashOf(token.handle), secret: hashOf(token.secret) }
  const take = (one: StatusIndex) => tx.sessions.add({ ...unindexed, status: one }, hashes)
  const session = { ...unindexed, status: await assignStatusIndex(deps, tx, take) }
  const keep = { except: session.id, others: maxSessionsPerUser - 1 }
  const ended = await tx.sessions.endUnused(user.id, session.createdAt, 'too_many', keep)
  const login = { type: 'login', user: user.id, session: session.id, facts: { amr } } as const
  const endings = ended.map((id) => endingOf(user.id, id, 'too_many'))
  const target = { name: foldName(user.name), address: client.address }
  if (isMultiFactor(amr)) await trustNetwork(deps, tx, target) // after a password alone, the check of the password does it
  await notifyNewDevice(deps, tx, user, client)
  await recordEvents(deps, tx, ...before, { ...login, personal: personalOf(client) }, ...endings)
  return { session, user, refreshToken: writeRefreshToken(token), isNew: true }
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
