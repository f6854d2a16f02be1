import { fail } from '../../failures.ts'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import type { Secret } from '../kernel/secret.ts'
import {
  hashNewPassword,
  judgeLengthIn,
  type NewPasswordDeps,
} from '../passwords/hash-new-password.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import { endCodes } from '../mail/use-code.ts'
import { endSessionsIn } from '../sessions/end-sessions.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Sets the password of another user and ends all their sessions. Returns the ids of those that were alive. Fails with `not_oneself`,
 * `user_unknown`, as `hashNewPassword` does, and as {@link transactionAs} does.
 */
export async function setPassword(
  deps: AdministrationDeps & NewPasswordDeps & EnqueueDeps & { readonly store: FactorTables },
  id: string,
  password: Secret,
  by: Actor,
): Promise<readonly string[]> {
  assertOther(id, by)
  const user = await deps.store.users.find(id)
  if (!user) throw fail('user_unknown')
  const hash = await hashNewPassword(
    deps,
    password,
    user,
    await deps.store.enrolledFactors.find(id),
  )
  const now = deps.clock.now()
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    const length = await judgeLengthIn(deps, tx, id, password)
    if (length !== 'long_enough') return length
    await tx.users.setPassword(id, hash, now)
    await endCodes(deps, tx, found.user)
    await notifyOwner(deps, tx, found.user, 'password-changed')
    const set = { type: 'password_set', user: id, facts: { by: nameOf(by) } } as const
    return endSessionsIn(deps, tx, { userId: id, reason: 'password_changed' }, set)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}
