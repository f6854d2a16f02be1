import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { hashNewPassword, type HashNeeds } from './hash-new-password.ts'

/**
 * Gives a user another password, by an administrator's hand, and ends all their sessions. Answers the ids of those that were
 * alive. Fails with `user_unknown` and the failures of `hashNewPassword`.
 */
export async function setPassword(
  runtime: Pick<Runtime, 'store' | 'clock'> & HashNeeds,
  id: string,
  password: Secret,
): Promise<readonly string[]> {
  const user = await runtime.store.users.find(id)
  if (!user) throw fail('user_unknown')
  const hash = await hashNewPassword(runtime, password, user)
  const now = runtime.clock.now()
  const ended = await runtime.store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return undefined
    await tx.users.setPassword(id, hash, now)
    return tx.sessions.endAll(id, now, 'password_changed')
  })
  if (!ended) throw fail('user_unknown')
  return ended
}
