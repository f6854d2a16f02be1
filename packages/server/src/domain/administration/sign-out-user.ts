import { fail } from '../../failures.ts'
import { endSessionIn, endSessionsIn } from '../sessions/end-sessions.ts'
import { nameOf, type Actor } from './actor.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

const reason = 'ended_by_administrator'

/**
 * Ends one session of a user, as an administrator. A session that is over already stays as it is. Fails with `session_unknown`, also if it
 * belongs to another user, and as {@link transactionAs} does.
 */
export async function endSessionOf(
  deps: AdministrationDeps,
  userId: string,
  id: string,
  by: Actor,
): Promise<void> {
  const session = await deps.store.sessions.find(id)
  if (session?.userId !== userId) throw fail('session_unknown')
  await transactionAs(deps, by, (tx) =>
    endSessionIn(deps, tx, { userId, id, reason, by: nameOf(by) }),
  )
}

/** Ends all sessions of a user, as an administrator. Returns the ids of those that were alive. Fails as {@link transactionAs} does. */
export async function signOutUser(
  deps: AdministrationDeps,
  userId: string,
  by: Actor,
): Promise<readonly string[]> {
  return transactionAs(deps, by, async (tx) => {
    await tx.users.lock(userId) // before the sessions, as all who end several
    return endSessionsIn(deps, tx, { userId, reason, by: nameOf(by) })
  })
}
