import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import { hasFactor } from '../factors/factor-policy.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { askCode, type AskCodeDeps } from '../mail/ask-code.ts'
import type { CodeProof } from '../mail/code.ts'
import { notifyOwner, type EnqueueDeps } from '../mail/enqueue-mail.ts'
import { checkCode, endCodes, useCode, type CheckCodeDeps } from '../mail/use-code.ts'
import { endSessionsIn } from '../sessions/end-sessions.ts'
import type { IdentityTables } from '../users/identity.ts'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import { foldEmail, parseEmail } from '../users/email.ts'
import type { PasswordTx } from './check-password-attempt.ts'
import { hashNewPassword, judgeLengthIn, type NewPasswordDeps } from './hash-new-password.ts'

/** The page on which a new password is set with a code or a link. */
export const resetPage = '/reset-password'

/**
 * Sends a code and a link to an address, with which its user can set a new password. Does the same whether there is such a user or not. Returns
 * the id of the code. Fails with `mail_unavailable` and `email_unacceptable`.
 */
export async function forgotPassword(
  deps: AskCodeDeps,
  text: string,
  { browser, client }: { readonly browser: Secret | undefined; readonly client: ClientInfo },
): Promise<string> {
  if (!deps.policies.mail.enabled) throw fail('mail_unavailable')
  const email = parseEmail(text)
  return askCode(deps, {
    purpose: 'reset_password',
    kind: 'password-reset',
    page: resetPage,
    email,
    whom: [foldEmail(email)],
    onlyTo: 'users',
    browser,
    client,
  })
}

/**
 * Marks the address of a user who has used a code as verified. Until then, the account may have been prepared by a stranger who does not control the
 * address: the identities that they linked must not sign them in afterwards (pre-hijacking), so all are unlinked. Second factors stay, and with one the
 * address stays unverified: a passkey of that stranger would sign in to an account that vouches for the address. Returns the events.
 */
async function markVerified(
  tx: UserTables & IdentityTables & FactorTables,
  user: User,
  now: Seconds,
  client: ClientInfo,
): Promise<readonly SecurityEvent[]> {
  if (user.emailVerifiedAt !== null || hasFactor(await tx.enrolledFactors.find(user.id))) return []
  await tx.users.setEmail(user.id, user.email, now)
  const identities = await tx.identities.list(user.id)
  for (const { id } of identities) await tx.identities.delete(user.id, id)
  return identities.map(({ provider }) => ({
    type: 'identity_unlinked',
    user: user.id,
    facts: { provider },
    personal: personalOf(client),
  }))
}

/** The dependencies of {@link resetPassword}. */
export interface ResetPasswordDeps extends CheckCodeDeps, NewPasswordDeps, EnqueueDeps {
  readonly store: Transactions<PasswordTx> & CheckCodeDeps['store'] & FactorTables
  readonly policies: NewPasswordDeps['policies'] & EnqueueDeps['policies']
}

/**
 * Sets a new password with a code or a link. All sessions of the user end, and the user gets a notice. If it is the first proof that the user controls their
 * address, their identities at providers are unlinked. It signs in no one, so no other factor
 * is skipped. Fails with `code_wrong`, `login_delayed`, and as `hashNewPassword` does; the code can be used again after a password that was
 * refused.
 */
export async function resetPassword(
  deps: ResetPasswordDeps,
  proof: CodeProof,
  next: Secret,
  client: ClientInfo,
): Promise<void> {
  const userId = await checkCode(deps, 'reset_password', proof, client)
  const user = await deps.store.users.find(userId)
  if (!user) throw fail('code_wrong')
  const hash = await hashNewPassword(
    deps,
    next,
    user,
    await deps.store.enrolledFactors.find(userId),
  )
  const verdict = await deps.store.transaction(async (tx) => {
    const used = await useCode(deps, tx, 'reset_password', proof, userId)
    if (!used) return 'code_wrong'
    const length = await judgeLengthIn(deps, tx, userId, next) // the code is used up if the factor went meanwhile
    if (length !== 'long_enough') return length
    await tx.users.setPassword(userId, hash, deps.clock.now())
    const isProof = used.code.address !== '' // an administrator's link proves no address
    const unlinked = isProof ? await markVerified(tx, used.user, deps.clock.now(), client) : []
    await endCodes(deps, tx, used.user)
    await notifyOwner(deps, tx, used.user, 'password-changed', { client })
    const reset = { type: 'password_reset', user: userId, facts: {} } as const
    const ending = { userId, reason: 'password_changed' } as const
    await endSessionsIn(deps, tx, ending, { ...reset, personal: personalOf(client) }, ...unlinked)
    return 'reset'
  })
  if (verdict !== 'reset') throw fail(verdict)
}
