import { fail } from '../../failures.ts'
import type { EndReason, SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { SessionTables, SessionTx } from './sessions.ts'

/** The dependencies of ending sessions. */
export interface EndSessionDeps extends RecordDeps {
  readonly store: Transactions<SessionTx> & SessionTables
}

/** The signed-in user who ends sessions of their own, and the session of the request. */
export interface SessionOwner {
  readonly userId: string
  readonly sessionId: string
}

/**
 * Ends one session of the signed-in user, who may be on another device. A session that has ended already stays as it is. Fails with
 * `session_unknown`, also for a session of another user, and with `session_ended` if that of the request has ended meanwhile: then it may be a
 * thief's. For administrators there is `endSessionOf`.
 */
export async function endOwnSession(
  deps: EndSessionDeps,
  owner: SessionOwner,
  id: string,
): Promise<void> {
  if ((await endOwn(deps, owner, id, null)) === 'unknown') throw fail('session_unknown')
}

/** Ends a sign-in, or an API token, of the signed-in user; `unknown` if it is not theirs or of the other kind. Fails with `session_ended`. */
export async function endOwn(
  deps: Omit<EndSessionDeps, 'store'> & { readonly store: Transactions<SessionTx> },
  owner: SessionOwner,
  id: string,
  kind: 'api_token' | null,
): Promise<'ended' | 'unknown'> {
  const { userId } = owner
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    const session = await tx.sessions.lock(id)
    if (session?.userId !== userId || (session.grant?.kind ?? null) !== kind) return 'unknown'
    await endSessionIn(deps, tx, { userId, id, reason: 'ended_by_user' })
    return 'ended'
  })
  if (verdict === 'session_ended') throw fail(verdict)
  return verdict
}

/**
 * Ends all sessions of the signed-in user except that of the request. Returns the ids of those that were alive. Fails with `session_ended` if that
 * of the request has ended meanwhile.
 */
export async function endOtherSessions(
  deps: EndSessionDeps,
  owner: SessionOwner,
): Promise<readonly string[]> {
  const others = { userId: owner.userId, reason: 'ended_by_user', except: owner.sessionId } as const
  const ended = await deps.store.transaction(async (tx) =>
    (await holdsSession(tx, owner)) ? endSessionsIn(deps, tx, others) : undefined,
  )
  if (!ended) throw fail('session_ended')
  return ended
}

/**
 * Locks a user and then the session of their request, and returns whether the session has not ended. It was judged before, but the user may have
 * ended it on another device since, because a thief holds it.
 */
export async function holdsSession(
  tx: SessionTx,
  { userId, sessionId }: SessionOwner,
): Promise<boolean> {
  await tx.users.lock(userId)
  const session = await tx.sessions.lock(sessionId)
  const holds = session?.userId === userId && session.endedAt === null
  if (!holds) tx.sessions.propagateEarlier()
  return holds
}

/** The reason why sessions of a user end, and the actor if it was not the user. */
export interface Ending {
  readonly userId: string
  readonly reason: EndReason
  readonly by?: string | undefined
}

/** Ends one session as the last step of a transaction. */
export async function endSessionIn(
  deps: RecordDeps,
  tx: SessionTx,
  { userId, id, reason, by }: Ending & { readonly id: string },
): Promise<void> {
  if (await tx.sessions.end(id, deps.clock.now(), reason))
    await recordEvents(deps, tx, endingOf(userId, id, reason, by))
}

/**
 * Ends all sessions of a user, except `except`, as the last step of a transaction. Records `cause` first, then each session that it ended.
 * Returns the ids of those that were alive.
 */
export async function endSessionsIn(
  deps: RecordDeps,
  tx: SessionTx,
  { userId, reason, by, except }: Ending & { readonly except?: string | undefined },
  ...cause: readonly SecurityEvent[]
): Promise<readonly string[]> {
  const ended = await tx.sessions.endAll(userId, deps.clock.now(), reason, except)
  const endings = ended.map((id) => endingOf(userId, id, reason, by))
  await recordEvents(deps, tx, ...cause, ...endings)
  return ended
}

/**
 * The most grants that end in one transaction. From the first event to its commit, others wait that record events of the same strands, sign-ins
 * too.
 */
export const maxGrantsAtOnce = 500

/**
 * Ends grants that users gave an application, {@link maxGrantsAtOnce} at most, in a transaction that has locked the client. Returns the events, an event
 * for each grant, to be recorded last.
 */
export async function endGrantsIn(
  { clock }: RecordDeps,
  tx: SessionTx,
  { clientId, reason, by }: Omit<Ending, 'userId'> & { readonly clientId: string },
): Promise<readonly SecurityEvent[]> {
  const ended = await tx.sessions.endGrantsOf(clientId, clock.now(), reason, maxGrantsAtOnce)
  return ended.map(({ id, userId }) => endingOf(userId, id, reason, by))
}

/** Returns the audit event of a session that was ended. */
export function endingOf(
  user: string,
  session: string,
  reason: EndReason,
  by?: string,
): SecurityEvent {
  switch (reason) {
    case 'logout':
      return { type: 'logout', user, session, facts: {} }
    case 'refresh_token_reused':
      return { type: 'refresh_reused', user, session, facts: {} }
    case 'ended_by_user':
    case 'revoked_by_holder':
    case 'ended_by_administrator':
    case 'replaced':
    case 'hook_failed':
    case 'sign_in_refused':
    case 'code_reused':
    case 'too_many':
    case 'password_changed':
    case 'factors_changed':
    case 'identity_unlinked':
    case 'user_disabled':
    case 'client_removed':
    case 'resource_removed':
    case 'user_deleted':
      return { type: 'session_ended', user, session, facts: { reason, by } }
  }
}
