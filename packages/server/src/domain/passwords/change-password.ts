import { fail } from '../../failures.ts'
import type { Secret } from '../kernel/secret.ts'
import { endSessionsIn } from '../sessions/end-sessions.ts'
import { confirmPassword, judgeOwner, type ConfirmDeps, type Owner } from './confirm-password.ts'
import { hashNewPassword, type NewPasswordDeps } from './hash-new-password.ts'

/**
 * Changes the password of a signed-in user who knows the current one, and ends all their other sessions, because one of them may be a thief's.
 * Returns the ids of those that were alive. Fails as `confirmPassword` and `hashNewPassword` do, and with `user_gone`, `session_ended` or
 * `current_password_wrong` if that became true meanwhile.
 */
export async function changePassword(
  deps: ConfirmDeps & NewPasswordDeps,
  owner: Owner,
  next: Secret,
): Promise<readonly string[]> {
  const { userId, sessionId, client } = owner
  const proven = await confirmPassword(deps, owner)
  const hash = await hashNewPassword(deps, next, proven.user)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeOwner(deps, tx, owner, proven)
    if (typeof judged === 'string') return judged
    await tx.users.setPassword(userId, hash, deps.clock.now())
    const changed = { type: 'password_changed', user: userId, facts: {} } as const
    const others = { userId, reason: 'password_changed', except: sessionId } as const
    return endSessionsIn(deps, tx, others, { ...changed, personal: { ...client } })
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: userId } })
  return verdict
}
