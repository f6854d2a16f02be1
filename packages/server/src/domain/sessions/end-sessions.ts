import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { hashOf, readRefreshToken } from './refresh-token.ts'
import { stateOf, type EndReason, type Session } from './session.ts'

type Needs = Pick<Runtime, 'store' | 'clock'>

/** Ends one session of a user. One that is over already stays as it is. Fails with `session_unknown`, also for a session of somebody else. */
export async function endSession(
  { store, clock }: Needs,
  userId: string,
  id: string,
  reason: EndReason,
): Promise<void> {
  const session = await store.sessions.find(id)
  if (session?.userId !== userId) throw fail('session_unknown')
  await store.sessions.end(id, clock.now(), reason)
}

/** Ends all sessions of a user, but for the one named. Answers the ids of those that were alive. */
export async function endSessions(
  { store, clock }: Needs,
  userId: string,
  reason: EndReason,
  except?: string,
): Promise<readonly string[]> {
  return store.sessions.endAll(userId, clock.now(), reason, except)
}

/**
 * The session that a refresh token belongs to, for a client that wants to sign out and whose access token has expired. A token
 * that was used up will do: whoever holds it may end the session, and nothing else. `undefined` when there is none.
 */
export async function sessionOfRefreshToken(
  { store, clock }: Needs,
  presented: Secret,
): Promise<Session | undefined> {
  const token = readRefreshToken(presented)
  const found = token && (await store.sessions.findByHandle(hashOf(token.handle)))
  return found && stateOf(found.session, clock.now()) === 'alive' ? found.session : undefined
}
