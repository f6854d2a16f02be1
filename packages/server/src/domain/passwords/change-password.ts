import { fail } from '../../failures.ts'
import type { Secret } from '../kernel/secret.ts'
import { endAllIn } from '../sessions/end-sessions.ts'
import type { ClientInfo } from '../sessions/start-session.ts'
import { confirmPassword, type Confirming } from './confirm-password.ts'
import { hashNewPassword, type HashNeeds } from './hash-new-password.ts'

/** A password to be replaced by another. */
export interface PasswordChange {
  readonly current: Secret
  readonly next: Secret
  /** The session that asks for it, which alone lives on. */
  readonly sessionId: string
  readonly client: ClientInfo
}

/**
 * Changes the password of a user who knows the current one, and ends all their other sessions: one of them may be a thief's.
 * Answers the ids of those that were alive. Fails with `current_password_wrong`, `login_delayed`, `user_gone` and the failures of
 * `hashNewPassword`.
 */
export async function changePassword(
  runtime: Confirming & HashNeeds,
  userId: string,
  { current, next, sessionId, client }: PasswordChange,
): Promise<readonly string[]> {
  const { user, hash } = await confirmPassword(runtime, userId, current, client)
  const nextHash = await hashNewPassword(runtime, next, user)
  const now = runtime.clock.now()
  const ended = await runtime.store.transaction(async (tx) => {
    const found = await tx.users.lock(userId)
    if (found?.hash !== hash) return undefined
    await tx.users.setPassword(userId, nextHash, now)
    const changed = { type: 'password_changed', user: userId, facts: {} } as const
    const others = { userId, reason: 'password_changed', except: sessionId } as const
    return endAllIn(runtime, tx, others, { ...changed, personal: { ...client } })
  })
  if (!ended) throw fail('current_password_wrong', { facts: { user: userId } })
  return ended
}
