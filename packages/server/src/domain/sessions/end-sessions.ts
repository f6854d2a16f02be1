import { fail } from '../../failures.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transaction } from '../store.ts'
import { act } from '../administration/transaction-as.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { hashOf, readRefreshToken } from './refresh-token.ts'
import { stateOf, type EndReason, type Session } from './session.ts'

type Needs = Pick<Runtime, 'store' | 'clock' | 'random' | 'root'>

/** Ends one session of a user. One that is over already stays as it is. `by` is who does it, where it is not the user. Fails with `session_unknown`, also for a session of somebody else. */
export async function endSession(
  runtime: Needs,
  userId: string,
  id: string,
  reason: EndReason,
  by?: Actor,
): Promise<void> {
  const { store, clock } = runtime
  const session = await store.sessions.find(id)
  if (session?.userId !== userId) throw fail('session_unknown')
  await act(runtime, by, async (tx) => {
    if (await tx.sessions.end(id, clock.now(), reason))
      await recordEvents(runtime, tx, endingOf(userId, id, reason, by))
  })
}

/** Ends all sessions of a user, but for the one named. Answers the ids of those that were alive. `by` is who does it, where it is not the user. */
export async function endSessions(
  runtime: Needs,
  userId: string,
  reason: EndReason,
  except?: string,
  by?: Actor,
): Promise<readonly string[]> {
  return act(runtime, by, (tx) => endAllIn(runtime, tx, { userId, reason, except, by }))
}

/**
 * The same as the last step of a transaction, for what ends sessions by the way: the audit log is told of `cause` first, then of each
 * session that it ended.
 */
export async function endAllIn(
  runtime: Recording,
  tx: Transaction,
  {
    userId,
    reason,
    except,
    by,
  }: {
    readonly userId: string
    readonly reason: EndReason
    readonly except?: string | undefined
    readonly by?: Actor | undefined
  },
  ...cause: readonly SecurityEvent[]
): Promise<readonly string[]> {
  const ended = await tx.sessions.endAll(userId, runtime.clock.now(), reason, except)
  const endings = ended.map((id) => endingOf(userId, id, reason, by))
  await recordEvents(runtime, tx, ...cause, ...endings)
  return ended
}

/** What the audit log says of a session that was ended. */
export function endingOf(
  user: string,
  session: string,
  reason: EndReason,
  by?: Actor,
): SecurityEvent {
  switch (reason) {
    case 'logout':
      return { type: 'logout', user, session, facts: {} }
    case 'refresh_token_reused':
      return { type: 'refresh_reused', user, session, facts: {} }
    case 'ended_by_user':
    case 'ended_by_administrator':
    case 'replaced':
    case 'too_many':
    case 'password_changed':
    case 'user_disabled':
    case 'user_deleted':
      return { type: 'session_ended', user, session, facts: { reason, by: nameOf(by) } }
  }
}

/**
 * Ends the session of a browser that has just signed in anew: its refresh token goes with its cookie, and nobody there could end it any more. It
 * ends whoever it belongs to, for whoever holds a refresh token may end its session. What is worth nothing ends nothing.
 */
export async function endReplaced(runtime: Needs, presented: Secret | undefined): Promise<void> {
  const session = presented && (await sessionOfRefreshToken(runtime, presented))
  if (session) await endSession(runtime, session.userId, session.id, 'replaced')
}

/**
 * The session that a refresh token belongs to, for a client that wants to sign out and whose access token has expired. A token
 * that was used up will do: whoever holds it may end the session, and nothing else. `undefined` when there is none.
 */
export async function sessionOfRefreshToken(
  { store, clock }: Pick<Runtime, 'store' | 'clock'>,
  presented: Secret,
): Promise<Session | undefined> {
  const token = readRefreshToken(presented)
  const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
  return found && stateOf(found.session, clock.now()) === 'alive' ? found.session : undefined
}

/** A session that is not over; `undefined` for any other. */
export async function aliveSession(
  { store, clock }: Pick<Runtime, 'store' | 'clock'>,
  id: string,
): Promise<Session | undefined> {
  const session = await store.sessions.find(id)
  return session && stateOf(session, clock.now()) === 'alive' ? session : undefined
}
