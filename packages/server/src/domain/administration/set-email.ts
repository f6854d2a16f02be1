import { fail } from '../../failures.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import {
  confirmPassword,
  judgeOwner,
  type ConfirmDeps,
  type Owner,
} from '../passwords/confirm-password.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import { revokeAccessTokens } from '../sessions/renew-tokens.ts'
import { endCodes } from '../mail/use-code.ts'
import { foldEmail, isSameMailbox, parseEmail } from '../users/email.ts'
import { assertOther, nameOf, type Actor } from './actor.ts'
import type { User } from '../users/user.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { MailTx } from '../mail/codes.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Sets the e-mail address of another user, or with null removes it. Administrators change their own with their password, by {@link setOwnEmail}.
 * Fails with `not_oneself`, `email_unacceptable`, `email_taken`, `user_unknown`, and as {@link transactionAs} does.
 */
export async function setEmail(
  deps: AdministrationDeps & EnqueueDeps,
  id: string,
  text: string | null,
  by: Actor,
): Promise<void> {
  assertOther(id, by)
  const email = text === null ? null : parseEmail(text)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    return found ? setEmailIn(deps, tx, found.user, email, { by }) : 'user_unknown'
  })
  if (verdict !== 'set') throw fail(verdict)
}

/**
 * Sets the e-mail address of the signed-in user, or with null removes it. An unlocked device must not be enough for that, so the password is asked
 * for (ASVS 7.5.1). Fails as `confirmPassword` does, with `user_gone`, `session_ended` or `current_password_wrong` if that became true
 * meanwhile, and with `email_unacceptable` and `email_taken`.
 */
export async function setOwnEmail(
  deps: ConfirmDeps & EnqueueDeps,
  owner: Owner,
  text: string | null,
): Promise<void> {
  const proven = await confirmPassword(deps, owner)
  const email = text === null ? null : parseEmail(text)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    return typeof judged === 'string' ? judged : setEmailIn(deps, tx, judged.user, email, owner)
  })
  if (verdict !== 'set') throw fail(verdict)
}

/**
 * Sets the address of a locked user, unless another user has it. Another address is not verified; the one before gets a notice, and if it was
 * verified, access tokens are revoked, without ending a session. The address that the user has already changes nothing, and nothing is recorded.
 */
async function setEmailIn(
  deps: RecordDeps & EnqueueDeps,
  tx: SessionTx & MailTx & LimitTables,
  user: User,
  email: string | null,
  { by, client = {} }: { readonly by?: Actor; readonly client?: ClientInfo },
): Promise<'set' | 'email_taken'> {
  if (email === user.email) {
    tx.sessions.propagateEarlier()
    return 'set' // a script says it again
  }
  if (email !== null) {
    await tx.lock('emails')
    const owner = await tx.users.findByEmail(foldEmail(email))
    if (owner && owner.id !== user.id) return 'email_taken'
  }
  await endCodes(deps, tx, user)
  const isSame = email !== null && user.email !== null && isSameMailbox(email, user.email)
  await tx.users.setEmail(user.id, email, isSame ? user.emailVerifiedAt : null)
  if (!isSame) {
    await notifyOwner(deps, tx, user, 'email-changed', { client }) // at the address before
    if (user.emailVerifiedAt !== null)
      await revokeAccessTokens(deps, tx, await tx.sessions.lockNotEnded(user.id))
  }
  await recordEvents(deps, tx, { type: 'email_set', user: user.id, facts: { by: nameOf(by) } })
  return 'set'
}
