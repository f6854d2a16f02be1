import { isDeepStrictEqual } from 'node:util'
import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { isBelowPolicy, type FactorPolicy } from '../factors/factor-policy.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import { endingOf, type EndSessionDeps } from './end-sessions.ts'
import {
  networkOf,
  newest,
  makeNextToken,
  presentedTokenOf,
  type PresentedSecrets,
  type RotateVerdict,
} from './next-refresh-token.ts'
import { readRefreshToken, writeRefreshToken, type RefreshToken } from './refresh-token.ts'
import { judge, type Verdict } from './refresh-rotation.ts'
import { revokeAccessTokens } from './renew-tokens.ts'
import type { Session, SessionGrant, SessionPolicy } from './session.ts'
import type { User } from '../users/user.ts'
import type { FoundSession, Sessions, SessionTables, SessionTx } from './sessions.ts'

/** The options of {@link rotateRefreshToken}. */
export interface RefreshOptions {
  /** The key that its client sends in each repeat. */
  readonly idempotencyKey?: Secret | undefined
  /** The application that presents it; without one only the tokens of sign-ins are known (RFC 6749, section 6: a refresh token is bound to its client). */
  readonly clientId?: string | undefined
}

/** The dependencies of {@link rotateRefreshToken}. */
export interface RefreshDeps extends RecordDeps {
  readonly store: Transactions<SessionTx & LimitTables> & SessionTables
  readonly policies: { readonly sessions: SessionPolicy; readonly factors: FactorPolicy }
  readonly metrics: Metrics
  /** Computes the custom claims of the next access token. */
  readonly hooks: {
    readonly customClaims:
      | ((user: User, session: Session) => Promise<Readonly<Record<string, unknown>>>)
      | undefined
  }
}

/**
 * Exchanges a refresh token for the next one of its session.
 *
 * An honest client whose answer got lost asks again and gets the *same* successor, or the newest one that has followed; with its idempotency key
 * also after the grace, and then the access and refresh tokens of the lost response stop working. No lock is taken: the
 * write succeeds only if the token is still the current one of a session that has not ended, and on a conflict the session is read again: each
 * conflict means that another request has changed the session.
 *
 * The custom claims of a sign-in are computed before anything is written: a client that gets no tokens because they failed may repeat its refresh token at
 * any time, and not within the grace alone.
 *
 * Fails with `refresh_token_unknown`, `refresh_token_expired`, `refresh_token_reused` (the session has been ended),
 * `refresh_too_often`, `session_ended`, and `second_factor_missing` for a session that proves less than the policy requires. `client` is recorded when a token was reused: it is the thief's, or the owner's who comes second.
 */
export async function rotateRefreshToken(
  deps: RefreshDeps,
  presented: Secret,
  client: ClientInfo = {},
  { idempotencyKey, clientId }: RefreshOptions = {},
): Promise<SessionGrant> {
  const { store, clock, policies, metrics } = deps
  const count = (verdict: Verdict | 'unknown') => metrics.count('refreshes_total', { verdict })
  const token = readRefreshToken(presented)
  const { grace } = policies.sessions
  for (;;) {
    const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
    if (!found || found.session.grant?.clientId !== clientId) {
      count('unknown')
      throw fail('refresh_token_unknown')
    }
    const secrets = { token, idempotencyKey }
    const shown = presentedTokenOf(deps, secrets, found.rotation)
    const verdict = judge(found.session, found.rotation, shown, clock.now(), grace)
    if (grants.has(verdict) && isBelowPolicy(policies.factors, found.user, found.session))
      throw fail('second_factor_missing', { facts: { session: found.session.id } })
    if (!found.session.status && grants.has(verdict)) {
      await ensureStatusIndex(deps, found.session)
      continue // user and index of a token are read together: a change of the one revokes the other
    }
    const claims =
      grants.has(verdict) && clientId === undefined
        ? await deps.hooks.customClaims?.(found.user, found.session)
        : undefined
    const outcome = await carryOut(deps, verdict, found, secrets, client)
    if (outcome === 'conflict') continue
    count(verdict)
    if (outcome instanceof Error) throw outcome
    return { ...outcome, user: found.user, claims }
  }
}

const grants: ReadonlySet<Verdict> = new Set([
  'rotate',
  'repeat',
  'rotate_unanswered',
  'rotate_not_stored',
])

/** Carries out a verdict: returns the tokens or the failure; `conflict` if the session has changed since it was judged. */
async function carryOut(
  deps: RefreshDeps,
  verdict: Verdict,
  { session, rotation }: FoundSession,
  secrets: PresentedSecrets,
  client: ClientInfo,
) {
  const facts = { session: session.id }
  const { token } = secrets
  switch (verdict) {
    case 'rotate':
    case 'rotate_unanswered':
    case 'rotate_not_stored':
      return (
        (await tryToRotate(deps, verdict, { session, rotation }, secrets, client)) ?? 'conflict'
      )
    case 'repeat':
      await recordRepeat(deps, { session, rotation }, token, client)
      return { session, refreshToken: writeRefreshToken(newest(rotation, token)) }
    case 'stolen': {
      const ended = await endStolen(deps, session, token, client)
      return ended ? fail('refresh_token_reused', { facts }) : 'conflict'
    }
    case 'expired':
      return fail('refresh_token_expired', { facts })
    case 'ended':
      return fail('session_ended', { facts })
    case 'too_frequent':
      return fail('refresh_too_often', { facts })
  }
}

/** Ends a session whose refresh token two parties hold; returns false if it had ended before, or has got other tokens. */
export async function endStolen(
  deps: EndSessionDeps,
  { id, userId }: Session,
  { handle }: RefreshToken,
  client: ClientInfo,
): Promise<boolean> {
  const { store, clock } = deps
  const reason = 'refresh_token_reused'
  return store.transaction(async (tx) => {
    await tx.sessions.lock(id)
    if (!(await tx.sessions.findByHandle(hashOf(handle)))) return false
    const ended = await tx.sessions.end(id, clock.now(), reason)
    if (ended)
      await recordEvents(deps, tx, {
        ...endingOf(userId, id, reason),
        personal: personalOf(client),
      })
    return ended
  })
}

/** Writes the next token and returns it with the session after this use, or `undefined` if the session has changed since it was read. */
async function tryToRotate(
  deps: RefreshDeps,
  verdict: RotateVerdict,
  { session, rotation }: Pick<FoundSession, 'session' | 'rotation'>,
  secrets: PresentedSecrets,
  client: ClientInfo,
): Promise<Pick<SessionGrant, 'session' | 'refreshToken'> | undefined> {
  const { store, clock, policies } = deps
  const now = clock.now()
  const { after, next } = makeNextToken(deps, verdict, rotation, secrets, client, now)
  const use = { at: now, idleExpiresAt: now + policies.sessions.idleLifetime }
  const used = { ...session, lastUsedAt: use.at, idleExpiresAt: use.idleExpiresAt }
  const write = (sessions: Sessions) => sessions.advance(session.id, rotation.current, after, use)
  const refreshToken = writeRefreshToken(next)
  if (verdict !== 'rotate_unanswered')
    return (await write(store.sessions)) ? { session: used, refreshToken } : undefined
  const renewed = await store.transaction(async (tx) => {
    await tx.users.lock(session.userId) // before the session, as everything that changes a session and its user does
    const locked = await tx.sessions.lock(session.id)
    if (!isDeepStrictEqual(locked?.status, session.status)) return undefined // the roles of the user that was read are not those of now
    if (!(await write(tx.sessions))) return undefined
    const [one] = await revokeAccessTokens(deps, tx, [used]) // only a thief can hold the access token of the lost response
    return one
  })
  if (!renewed) return undefined
  await recordRepeat(deps, { session, rotation }, secrets.token, client)
  return { session: renewed, refreshToken }
}

/** Records a repeat from another network than the first use, which may be a thief's. Folded, because its holder may repeat it at will. */
async function recordRepeat(
  deps: RefreshDeps,
  { session, rotation }: Pick<FoundSession, 'session' | 'rotation'>,
  token: RefreshToken,
  client: ClientInfo,
): Promise<void> {
  const hash = hashOf(token.secret)
  const before = rotation.used.find((one) => one.hash === hash)?.network
  const now = networkOf(client)
  if (before === undefined || now === undefined || before === now) return
  await deps.store.transaction(async (tx) => {
    const standsFor = await countRefusal(deps, tx, 'repeats-of-session', session.id)
    if (standsFor === 0) return
    const facts = { count: standsFor === 1 ? undefined : standsFor }
    const event = { type: 'refresh_repeated', user: session.userId, session: session.id } as const
    await recordEvents(deps, tx, { ...event, facts, personal: personalOf(client) })
  })
}

/**
 * Returns the session with a status index: a session from before status lists existed gets one here. Returns `undefined` if it has ended
 * meanwhile.
 */
export async function ensureStatusIndex(
  deps: Pick<RefreshDeps, 'clock' | 'random'> & { readonly store: Transactions<SessionTx> },
  session: Session,
): Promise<Session | undefined> {
  if (session.status) return session
  return deps.store.transaction(async (tx) => {
    const current = await tx.sessions.lock(session.id)
    if (!current || current.endedAt !== null) return undefined
    if (current.status) return current
    const status = await assignStatusIndex(deps, tx, (one) =>
      tx.sessions.setStatus(session.id, one),
    )
    return { ...session, status }
  })
}
