import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../ledger/record-event.ts'
import { confirmPassword, type Confirming } from '../passwords/confirm-password.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import type { Origin } from '../sessions/start-session.ts'
import type { Transaction } from '../store.ts'

type Needs = Pick<Runtime, 'store'> & Recording

/**
 * Deletes a user and all their sessions. Answers the ids of the sessions that were alive. `by` is whoever does it, for the ledger.
 * Fails with `user_unknown`.
 */
export async function deleteUser(
  runtime: Needs,
  id: string,
  by?: string,
): Promise<readonly string[]> {
  const ended = await runtime.store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return undefined
    return erase(runtime, tx, id, by)
  })
  if (!ended) throw fail('user_unknown')
  return ended
}

/**
 * Deletes a user who asks for it and knows their password. Answers the ids of the sessions that were alive. Fails with
 * `current_password_wrong`, `login_delayed`, `user_gone` or `busy`.
 */
export async function deleteSelf(
  runtime: Confirming,
  id: string,
  password: Secret,
  origin: Origin,
): Promise<readonly string[]> {
  const { hash } = await confirmPassword(runtime, id, password, origin)
  const ended = await runtime.store.transaction(async (tx) => {
    const found = await tx.users.lock(id)
    return found?.hash === hash ? erase(runtime, tx, id) : undefined
  })
  if (!ended) throw fail('current_password_wrong')
  return ended
}

/** The sessions go with the user's row; they are ended first so that they can be named. */
async function erase(
  runtime: Needs,
  tx: Transaction,
  id: string,
  by?: string,
): Promise<readonly string[]> {
  const ended = await tx.sessions.endAll(id, runtime.clock.now(), 'user_deleted')
  await tx.users.delete(id)
  const endings = ended.map((one) => endingOf(id, one, 'user_deleted'))
  await recordEvents(runtime, tx, { type: 'user_deleted', user: id, facts: { by } }, ...endings)
  return ended
}
