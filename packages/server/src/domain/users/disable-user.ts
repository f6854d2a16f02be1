import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'

/**
 * Keeps a user from signing in and ends all their sessions, at once: whoever is signing in just now gets no session. Answers
 * the ids of the sessions that were alive. Done twice it is done once. Fails with `user_unknown`.
 */
export async function disableUser(
  { store, clock }: Pick<Runtime, 'store' | 'clock'>,
  id: string,
): Promise<readonly string[]> {
  const now = clock.now()
  const ended = await store.transaction(async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return undefined
    if (found.user.disabledAt === null) await tx.users.setDisabled(id, now)
    return tx.sessions.endAll(id, now, 'user_disabled')
  })
  if (!ended) throw fail('user_unknown')
  return ended
}

/** Lets a user sign in again. Sessions that have ended stay so. Done twice it is done once. Fails with `user_unknown`. */
export async function enableUser({ store }: Pick<Runtime, 'store'>, id: string): Promise<void> {
  const known = await store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return false
    await tx.users.setDisabled(id, null)
    return true
  })
  if (!known) throw fail('user_unknown')
}
