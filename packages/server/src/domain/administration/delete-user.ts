import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import { confirmPassword, type Confirming } from '../passwords/confirm-password.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import type { ClientInfo } from '../sessions/start-session.ts'
import type { Transaction } from '../store.ts'
import { act } from './transaction-as.ts'
import { nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'

type Needs = Pick<Runtime, 'store'> & Recording

/**
 * Deletes a user and all their sessions. Answers the ids of the sessions that were alive. Fails with `user_unknown`,
 * `last_administrator`, and as {@link act} does.
 */
export async function deleteUser(
  runtime: Needs,
  id: string,
  by: Actor,
): Promise<readonly string[]> {
  const verdict = await act(runtime, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    if (await isLastAdministrator(tx, found.user, by)) return 'last_administrator'
    return erase(runtime, tx, id, by)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Deletes a user who asks for it and knows their password. Answers the ids of the sessions that were alive. Fails with
 * `current_password_wrong`, `login_delayed`, `user_gone`, `busy` or `last_administrator`.
 */
export async function deleteSelf(
  runtime: Confirming,
  id: string,
  password: Secret,
  client: ClientInfo,
): Promise<readonly string[]> {
  const { hash } = await confirmPassword(runtime, id, password, client)
  const verdict = await runtime.store.transaction(async (tx) => {
    await tx.lock('administrators')
    const found = await tx.users.lock(id)
    if (found?.hash !== hash) return 'current_password_wrong'
    if (await isLastAdministrator(tx, found.user, undefined)) return 'last_administrator'
    return erase(runtime, tx, id)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** The sessions go with the user's row; they are ended first so that they can be named. */
async function erase(
  runtime: Needs,
  tx: Transaction,
  id: string,
  by?: Actor,
): Promise<readonly string[]> {
  const ended = await tx.sessions.endAll(id, runtime.clock.now(), 'user_deleted')
  await tx.users.delete(id)
  const endings = ended.map((one) => endingOf(id, one, 'user_deleted'))
  const deleted = { type: 'user_deleted', user: id, facts: { by: nameOf(by) } } as const
  await recordEvents(runtime, tx, deleted, ...endings)
  return ended
}
