import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import type { Secret } from '../kernel/secret.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import { endCodes } from '../mail/use-code.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import { renewTokens } from '../sessions/renew-tokens.ts'
import type { SessionGrant } from '../sessions/session.ts'
import { confirmPassword, judgeOwner, type ConfirmDeps, type Owner } from './confirm-password.ts'
import { hashNewPassword, judgeLengthIn, type NewPasswordDeps } from './hash-new-password.ts'

/** A password that was changed: the ids of the sessions that ended, and the new tokens of the one that lives on. */
export interface PasswordChange {
  readonly ended: readonly string[]
  readonly grant: SessionGrant
}

const reason = 'password_changed'

/**
 * Changes the password of a signed-in user who knows the current one. Because a thief may hold a session or a copy of this one's tokens, all
 * other sessions end, and this one gets new tokens: its old ones are refused from the commit on. Fails as `confirmPassword` and
 * `hashNewPassword` do, and with `user_gone`, `session_ended` or `current_password_wrong` if that became true meanwhile.
 */
export async function changePassword(
  deps: ConfirmDeps & NewPasswordDeps & EnqueueDeps & { readonly store: FactorTables },
  owner: Owner,
  next: Secret,
): Promise<PasswordChange> {
  const { userId, sessionId, client } = owner
  const proven = await confirmPassword(deps, owner)
  const enrolled = await deps.store.enrolledFactors.find(userId)
  const hash = await hashNewPassword(deps, next, proven.user, enrolled)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    const length = await judgeLengthIn(deps, tx, userId, next)
    if (length !== 'long_enough') return length
    const now = deps.clock.now()
    await tx.users.setPassword(userId, hash, now)
    await endCodes(deps, tx, judged.user)
    await notifyOwner(deps, tx, judged.user, 'password-changed', { client })
    const ended = await tx.sessions.endAll(userId, now, reason, sessionId)
    const renewed = await renewTokens(deps, tx, judged.session)
    const changed = { type: 'password_changed', user: userId, facts: {} } as const
    const endings = ended.map((id) => endingOf(userId, id, reason))
    await recordEvents(deps, tx, { ...changed, personal: personalOf(client) }, ...endings)
    return {
      ended,
      grant: { ...renewed, user: { ...judged.user, passwordChangedAt: now, hasPassword: true } },
    }
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: userId } })
  return verdict
}
