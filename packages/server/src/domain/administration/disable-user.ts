import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { endCodes } from '../mail/use-code.ts'
import { endSessionsIn } from '../sessions/end-sessions.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Keeps a user from signing in and ends all their sessions and codes, at once: a sign-in that is in progress gets no session. Returns
 * the ids of the sessions that were alive. Idempotent. Fails with `not_oneself`, `user_unknown`, `last_administrator`, and as
 * {@link transactionAs} does.
 */
export async function disableUser(
  deps: AdministrationDeps,
  id: string,
  by: Actor,
): Promise<readonly string[]> {
  assertOther(id, by)
  const now = deps.clock.now()
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    if (found.user.disabledAt !== null) {
      tx.sessions.propagateEarlier()
      return []
    }
    if (await isLastAdministrator(tx, found.user, by)) return 'last_administrator'
    await tx.users.setDisabled(id, now)
    await endCodes(deps, tx, found.user)
    const disabled = { type: 'user_disabled', user: id, facts: { by: nameOf(by) } } as const
    return endSessionsIn(deps, tx, { userId: id, reason: 'user_disabled' }, disabled)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Lets a disabled user sign in again. Sessions that have ended stay ended. Idempotent. Fails with `user_unknown`, and as {@link transactionAs}
 * does.
 */
export async function enableUser(deps: AdministrationDeps, id: string, by: Actor): Promise<void> {
  const known = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return false
    if (found.user.disabledAt === null) return true
    await tx.users.setDisabled(id, null)
    await recordEvents(deps, tx, { type: 'user_enabled', user: id, facts: { by: nameOf(by) } })
    return true
  })
  if (!known) throw fail('user_unknown')
}
