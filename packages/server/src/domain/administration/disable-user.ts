import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { endAllIn } from '../sessions/end-sessions.ts'
import { act } from './transaction-as.ts'
import { nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'

type Needs = Pick<Runtime, 'store'> & Recording

/**
 * Keeps a user from signing in and ends all their sessions, at once: whoever is signing in just now gets no session. Answers
 * the ids of the sessions that were alive. Done twice it is done once. Fails with `user_unknown`, `last_administrator`, and as {@link act}
 * does.
 */
export async function disableUser(
  runtime: Needs,
  id: string,
  by: Actor,
): Promise<readonly string[]> {
  const now = runtime.clock.now()
  const verdict = await act(runtime, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    if (found.user.disabledAt !== null) return []
    if (await isLastAdministrator(tx, found.user, by)) return 'last_administrator'
    await tx.users.setDisabled(id, now)
    const disabled = { type: 'user_disabled', user: id, facts: { by: nameOf(by) } } as const
    return endAllIn(runtime, tx, { userId: id, reason: 'user_disabled' }, disabled)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Lets a user sign in again. Sessions that have ended stay so. Done twice it is done once. Fails with `user_unknown`, and as {@link act}
 * does.
 */
export async function enableUser(runtime: Needs, id: string, by: Actor): Promise<void> {
  const known = await act(runtime, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return false
    if (found.user.disabledAt === null) return true
    await tx.users.setDisabled(id, null)
    await recordEvents(runtime, tx, { type: 'user_enabled', user: id, facts: { by: nameOf(by) } })
    return true
  })
  if (!known) throw fail('user_unknown')
}
