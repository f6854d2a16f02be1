import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { askCode, type AskCodeDeps } from '../mail/ask-code.ts'
import type { CodeProof } from '../mail/code.ts'
import { checkCode, useCode, type CheckCodeDeps } from '../mail/use-code.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import { revokeAccessTokens } from '../sessions/renew-tokens.ts'
import { foldEmail } from '../users/email.ts'
import type { User } from '../users/user.ts'

/** The page on which an address is verified with a code or a link. */
export const verifyPage = '/verify-email'

/** Returns whom a code for an address is for: one user and that address. */
export function verifiesFor({ id, email }: Pick<User, 'id' | 'email'>): readonly string[] {
  return [id, email === null ? '' : foldEmail(email)]
}

/**
 * Sends a code and a link to the address of a user, with which they prove that they control it. Returns the id of the code; `undefined` if there
 * is no address, it is verified, or this server sends no mail.
 */
export async function askToVerify(
  deps: AskCodeDeps,
  user: User,
  { browser, client }: { readonly browser: Secret | undefined; readonly client: ClientInfo },
): Promise<string | undefined> {
  const { email } = user
  if (email === null || user.emailVerifiedAt !== null || !deps.policies.mail.enabled)
    return undefined
  const whom = verifiesFor(user)
  const kind = 'email-verification'
  const where = { purpose: 'verify_email', kind, page: verifyPage } as const
  return askCode(deps, { ...where, email, whom, user, browser, client })
}

/** The dependencies of {@link verifyEmail}. */
export interface VerifyEmailDeps extends CheckCodeDeps {
  readonly store: Transactions<PasswordTx> & CheckCodeDeps['store']
}

/**
 * Verifies the address of the signed-in user `userId` with a code or a link. The user must be signed in: else the owner of the address could verify
 * it for a stranger who has entered it in another account, by using a code that they did not ask for. Access tokens that were issued before are
 * revoked, without ending a session. Fails with `code_wrong`, also if the code is of another user or the address has changed since, and with
 * `login_delayed`.
 */
export async function verifyEmail(
  deps: VerifyEmailDeps,
  userId: string,
  proof: CodeProof,
  client: ClientInfo,
): Promise<void> {
  if ((await checkCode(deps, 'verify_email', proof, client)) !== userId) throw fail('code_wrong')
  const isVerified = await deps.store.transaction(async (tx) => {
    const used = await useCode(deps, tx, 'verify_email', proof, userId)
    if (!used) return false
    await tx.users.setEmail(userId, used.user.email, deps.clock.now())
    await revokeAccessTokens(deps, tx, await tx.sessions.lockNotEnded(userId))
    const verified = { type: 'email_verified', user: userId, facts: {} } as const
    await recordEvents(deps, tx, { ...verified, personal: personalOf(client) })
    return true
  })
  if (!isVerified) throw fail('code_wrong')
}
