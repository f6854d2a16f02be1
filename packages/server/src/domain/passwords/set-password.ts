import { fail } from '../../failures.ts'
import type { Recording } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { endAllIn } from '../sessions/end-sessions.ts'
import { hashNewPassword, type HashNeeds } from './hash-new-password.ts'

/**
 * Gives a user another password, by an administrator's hand, and ends all their sessions. Answers the ids of those that were
 * alive. Fails with `user_unknown` and the failures of `hashNewPassword`.
 */
export async function setPassword(
  runtime: Pick<Runtime, 'store'> & Recording & HashNeeds,
  id: string,
  password: Secret,
  by?: string,
): Promise<readonly string[]> {
  const user = await runtime.store.users.find(id)
  if (!user) throw fail('user_unknown')
  const hash = await hashNewPassword(runtime, password, user)
  const now = runtime.clock.now()
  const ended = await runtime.store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return undefined
    await tx.users.setPassword(id, hash, now)
    const set = { type: 'password_set', user: id, facts: { by } } as const
    return endAllIn(runtime, tx, { userId: id, reason: 'password_changed' }, set)
  })
  if (!ended) throw fail('user_unknown')
  return ended
}
