import { fail } from '../../failures.ts'
import type { Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import { endAllIn } from '../sessions/end-sessions.ts'
import { act } from './transaction-as.ts'
import { nameOf, type Actor } from './actor.ts'
import { hashNewPassword, type HashNeeds } from '../passwords/hash-new-password.ts'

/**
 * Gives a user another password, by an administrator's hand, and ends all their sessions. Answers the ids of those that were
 * alive. Fails with `user_unknown`, the failures of `hashNewPassword`, and as {@link act} does.
 */
export async function setPassword(
  runtime: Pick<Runtime, 'store'> & Recording & HashNeeds,
  id: string,
  password: Secret,
  by: Actor,
): Promise<readonly string[]> {
  const user = await runtime.store.users.find(id)
  if (!user) throw fail('user_unknown')
  const hash = await hashNewPassword(runtime, password, user)
  const now = runtime.clock.now()
  const ended = await act(runtime, by, async (tx) => {
    if (!(await tx.users.lock(id))) return undefined
    await tx.users.setPassword(id, hash, now)
    const set = { type: 'password_set', user: id, facts: { by: nameOf(by) } } as const
    return endAllIn(runtime, tx, { userId: id, reason: 'password_changed' }, set)
  })
  if (!ended) throw fail('user_unknown')
  return ended
}
