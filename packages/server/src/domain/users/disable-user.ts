import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import { endAllIn } from '../sessions/end-sessions.ts'

type Needs = Pick<Runtime, 'store'> & Recording

/**
 * Keeps a user from signing in and ends all their sessions, at once: whoever is signing in just now gets no session. Answers
 * the ids of the sessions that were alive. Done twice it is done once. `by` is whoever does it, for the ledger. Fails with `user_unknown`.
 */
export async function disableUser(
  runtime: Needs,
  id: string,
  by?: string,
): Promise<readonly string[]> {
  const now = runtime.clock.now()
  const ended = await runtime.store.transaction(async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return undefined
    if (found.user.disabledAt !== null) return []
    await tx.users.setDisabled(id, now)
    const disabled = { type: 'user_disabled', user: id, facts: { by } } as const
    return endAllIn(runtime, tx, { userId: id, reason: 'user_disabled' }, disabled)
  })
  if (!ended) throw fail('user_unknown')
  return ended
}

/** Lets a user sign in again. Sessions that have ended stay so. Done twice it is done once. Fails with `user_unknown`. */
export async function enableUser(runtime: Needs, id: string, by?: string): Promise<void> {
  const known = await runtime.store.transaction(async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return false
    if (found.user.disabledAt === null) return true
    await tx.users.setDisabled(id, null)
    await recordEvents(runtime, tx, { type: 'user_enabled', user: id, facts: { by } })
    return true
  })
  if (!known) throw fail('user_unknown')
}
