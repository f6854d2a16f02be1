import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { LimitTables } from '../limits/limits.ts'
import { isRecentlyProven, stateOf, type Session } from '../sessions/session.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { AuthenticatedUser } from '../sessions/start-session.ts'
import { foldName, type User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import {
  checkPasswordAttempt,
  type CheckAttemptDeps,
  type PasswordTx,
} from './check-password-attempt.ts'
import { checkPassword } from './check-password.ts'
import type { HashKindTables } from './hash-kinds.ts'
import type { PasswordHasher } from './password-hasher.ts'

// Passwords: what a new one must be, how it is hashed, and every way in which one is checked. Each check goes through `checkPasswordAttempt`,
// which throttles it. A change by the signed-in user goes through `confirmPassword` and `judgeOwner`.

/** The dependencies of {@link confirmPassword}. */
export interface ConfirmDeps extends CheckAttemptDeps {
  readonly store: Transactions<PasswordTx> & UserTables & HashKindTables & LimitTables
  readonly hasher: PasswordHasher
}

/** The signed-in user of a request, and the proof that a change of their own account needs. */
export interface Owner {
  readonly userId: string
  /** The session of the request. It must be alive when the change is written. */
  readonly sessionId: string
  /** Not read if the user has none: a sign-in of the last five minutes is the proof then. */
  readonly password: Secret
  readonly client: ClientInfo
}

/**
 * Checks the password of a signed-in user again, before what a stolen token must not be enough for (ASVS 6.2.3, 7.5.1). Fails:
 *
 * - with `current_password_wrong`, which is no 401: the token is good, and a new one would not help;
 * - with `login_delayed` after too many wrong passwords, which count together with those of sign-ins: this must not be a way around them;
 * - with `user_gone` or `busy`;
 * - with `step_up_required` for a user without a password whose sign-in is older than five minutes, and with `session_ended`.
 *
 * Hashing takes long, so what was proven may be outdated by the time a change is written: call {@link judgeOwner} in its transaction.
 */
export async function confirmPassword(
  deps: ConfirmDeps,
  {
    userId,
    sessionId,
    password,
    client,
  }: Omit<Owner, 'sessionId'> & Partial<Pick<Owner, 'sessionId'>>,
): Promise<AuthenticatedUser> {
  const user = await deps.store.users.find(userId)
  if (!user || user.disabledAt !== null) throw fail('user_gone')
  if (!user.hasPassword && sessionId !== undefined)
    return confirmRecentSignIn(deps, { userId, sessionId })
  const refused = { type: 'password_refused', user: userId, facts: {} } as const
  try {
    return await checkPasswordAttempt(
      deps,
      { name: foldName(user.name), address: client.address, device: client.device },
      () => checkPassword(deps, user.name, password),
      async () => ({ ...refused, personal: personalOf(client) }),
    )
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'credentials_wrong') throw error
    throw fail('current_password_wrong', { facts: { user: userId } })
  }
}

/** Confirms a user who has no password by the sign-in of their session. */
async function confirmRecentSignIn(
  deps: ConfirmDeps,
  owner: Pick<Owner, 'userId' | 'sessionId'>,
): Promise<AuthenticatedUser> {
  const verdict = await deps.store.transaction(async (tx) => {
    const found = await tx.users.lock(owner.userId)
    if (!found) return 'user_gone'
    const judged = await judgeOwner(deps, tx, owner, found)
    return typeof judged === 'string' ? judged : { ...found, amr: judged.session.amr }
  })
  if (typeof verdict === 'string') throw fail(verdict, { facts: { user: owner.userId } })
  return verdict
}

/** The reason why a signed-in user may not change their account any more. */
export type OwnerRefusal =
  | 'user_gone'
  | 'session_ended'
  | 'current_password_wrong'
  | 'step_up_required'

/**
 * Judges, in the transaction of a change that a user makes to their own account, whether the proof still holds: the user exists and is enabled,
 * the session of the request is alive, and the password is the one that was confirmed; of a user who has none, that their sign-in is recent. Locks the user and then the session, so that this stays
 * true until the commit. Without it, an attacker could set an e-mail address with the old password after an administrator's reset. Returns the
 * user and the session, or the reason to refuse.
 */
export async function judgeOwner(
  { clock }: Pick<RecordDeps, 'clock'>,
  tx: SessionTx,
  { userId, sessionId }: Pick<Owner, 'userId' | 'sessionId'>,
  { hash }: Pick<AuthenticatedUser, 'hash'>,
): Promise<{ readonly user: User; readonly session: Session } | OwnerRefusal> {
  const found = await tx.users.lock(userId)
  if (!found || found.user.disabledAt !== null) return 'user_gone'
  if (found.hash !== hash) return 'current_password_wrong'
  const judged = await judgeSession({ clock }, tx, { userId, sessionId })
  if (typeof judged === 'string' || found.user.hasPassword) return judged
  return isRecentlyProven(judged.session, clock.now()) ? judged : 'step_up_required'
}

/**
 * Judges, in the transaction of a change, whether its session is alive and its user enabled. Locks the user and then the session. Returns both,
 * or the reason to refuse. {@link judgeOwner} judges the password as well.
 */
export async function judgeSession(
  { clock }: Pick<RecordDeps, 'clock'>,
  tx: SessionTx,
  { userId, sessionId }: Pick<Owner, 'userId' | 'sessionId'>,
): Promise<
  | { readonly user: User; readonly session: Session }
  | Extract<OwnerRefusal, 'user_gone' | 'session_ended'>
> {
  const found = await tx.users.lock(userId)
  if (!found || found.user.disabledAt !== null) return 'user_gone'
  const session = await tx.sessions.lock(sessionId)
  const isAlive = session?.userId === userId && stateOf(session, clock.now()) === 'alive'
  return isAlive ? { user: found.user, session } : 'session_ended'
}
