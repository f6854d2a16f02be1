import { fail } from '../../failures.ts'
import { deleteFactors } from '../factors/enrolled-factors.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import { endSessionsIn } from '../sessions/end-sessions.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Removes all second factors of a user who has lost them, and ends all their sessions: the next sign-in needs the password only, or adds a
 * factor if the policy requires one. Idempotent. Returns the ids of the sessions that were alive. Fails with `not_oneself`, `user_unknown`, and as
 * {@link transactionAs} does.
 */
export async function resetFactors(
  deps: AdministrationDeps & EnqueueDeps,
  id: string,
  by: Actor,
): Promise<readonly string[]> {
  assertOther(id, by)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    await deleteFactors(tx, id)
    await notifyOwner(deps, tx, found.user, 'factor-removed')
    const reset = { type: 'factors_reset', user: id, facts: { by: nameOf(by) } } as const
    return endSessionsIn(deps, tx, { userId: id, reason: 'factors_changed', by: nameOf(by) }, reset)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}
