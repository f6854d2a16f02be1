import { fail } from '../../failures.ts'
import { confirmPassword } from '../passwords/confirm-password.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import type { Transaction } from '../store.ts'

type Needs = Pick<Runtime, 'store' | 'clock'>

/** Deletes a user and all their sessions. Answers the ids of the sessions that were alive. Fails with `user_unknown`. */
export async function deleteUser({ store, clock }: Needs, id: string): Promise<readonly string[]> {
  const now = clock.now()
  const ended = await store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return undefined
    return erase(tx, id, now)
  })
  if (!ended) throw fail('user_unknown')
  return ended
}

/**
 * Deletes a user who asks for it and knows their password. Answers the ids of the sessions that were alive. Fails with
 * `current_password_wrong`, `user_gone` or `busy`.
 */
export async function deleteSelf(
  runtime: Needs & Pick<Runtime, 'hasher'>,
  id: string,
  password: Secret,
): Promise<readonly string[]> {
  const { hash } = await confirmPassword(runtime, id, password)
  const now = runtime.clock.now()
  const ended = await runtime.store.transaction(async (tx) => {
    const found = await tx.users.lock(id)
    return found?.hash === hash ? erase(tx, id, now) : undefined
  })
  if (!ended) throw fail('current_password_wrong')
  return ended
}

/** The sessions go with the user's row; they are ended first so that they can be named. */
async function erase(tx: Transaction, id: string, now: number): Promise<readonly string[]> {
  const ended = await tx.sessions.endAll(id, now, 'user_deleted')
  await tx.users.delete(id)
  return ended
}
