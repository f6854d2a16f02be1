import { fail } from '../../failures.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import {
  confirmPassword,
  judgeOwner,
  type ConfirmDeps,
  type Owner,
} from '../passwords/confirm-password.ts'
import type { MailTx } from '../mail/codes.ts'
import { endCodes } from '../mail/use-code.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { User } from '../users/user.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Deletes a user and all their sessions. Returns the ids of the sessions that were alive. Fails with `not_oneself`, `user_unknown`,
 * `last_administrator`, and as {@link transactionAs} does.
 */
export async function deleteUser(
  deps: AdministrationDeps,
  id: string,
  by: Actor,
): Promise<readonly string[]> {
  assertOther(id, by)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) {
      tx.sessions.propagateEarlier()
      return 'user_unknown'
    }
    if (await isLastAdministrator(tx, found.user, by)) return 'last_administrator'
    return deleteIn(deps, tx, found.user, by)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Deletes the signed-in user, who confirms it with their password. Returns the ids of the sessions that were alive. Fails as `confirmPassword`
 * does, with `user_gone`, `session_ended` or `current_password_wrong` if that became true meanwhile, and with `last_administrator`.
 */
export async function deleteOwnUser(deps: ConfirmDeps, owner: Owner): Promise<readonly string[]> {
  const proven = await confirmPassword(deps, owner)
  const verdict = await deps.store.transaction(async (tx) => {
    await tx.lock('administrators')
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    if (await isLastAdministrator(tx, judged.user, undefined)) return 'last_administrator'
    return deleteIn(deps, tx, judged.user)
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Deletes a user. The sessions are deleted with the row; they are ended first, so that the audit log names them and their tokens are revoked. The
 * codes end too: the next user with the address can have another mailbox.
 */
async function deleteIn(
  deps: RecordDeps,
  tx: SessionTx & MailTx,
  user: User,
  by?: Actor,
): Promise<readonly string[]> {
  const { id } = user
  await endCodes(deps, tx, user)
  const ended = await tx.sessions.endAll(id, deps.clock.now(), 'user_deleted')
  await tx.users.delete(id)
  const endings = ended.map((one) => endingOf(id, one, 'user_deleted'))
  const deleted = { type: 'user_deleted', user: id, facts: { by: nameOf(by) } } as const
  await recordEvents(deps, tx, deleted, ...endings)
  return ended
}
