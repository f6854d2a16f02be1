import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { askCode, type AskCodeDeps } from '../mail/ask-code.ts'
import type { CodeProof } from '../mail/code.ts'
import { checkCode, useCode, type CheckCodeDeps } from '../mail/use-code.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import type { SessionGrant } from '../sessions/session.ts'
import { startSession, type StartSessionDeps } from '../sessions/start-session.ts'
import { foldEmail, parseEmail } from '../users/email.ts'

/** The page on which a user signs in with a code. */
export const signInCodePage = '/sign-in-code'

/**
 * Sends a code and a link to an address, with which its user can sign in. The mail is sent only if a user has verified the address; the answer is
 * the same for every address. Returns the id of the code. Fails with `code_sign_in_disabled`, `mail_unavailable` and `email_unacceptable`.
 */
export async function askToSignIn(
  deps: AskCodeDeps,
  text: string,
  { browser, client }: { readonly browser: Secret | undefined; readonly client: ClientInfo },
): Promise<string> {
  const { enabled, signInCodes } = deps.policies.mail
  if (!signInCodes) throw fail('code_sign_in_disabled')
  if (!enabled) throw fail('mail_unavailable')
  const email = parseEmail(text)
  const where = { purpose: 'sign_in', kind: 'sign-in-code', page: signInCodePage } as const
  const whom = [foldEmail(email)]
  return askCode(deps, { ...where, email, whom, onlyTo: 'verified_users', browser, client })
}

/** The dependencies of {@link signInWithCode}. */
export interface CodeSignInDeps extends CheckCodeDeps, StartSessionDeps {
  readonly store: Transactions<PasswordTx> & CheckCodeDeps['store']
  readonly policies: StartSessionDeps['policies'] & {
    readonly mail: { readonly signInCodes: boolean }
  }
  readonly metrics: Metrics
}

/**
 * Signs a user in with a code or a link. Fails with `code_sign_in_disabled`, with `credentials_wrong` for a wrong, used or expired code, and for an
 * address that is not verified any more, and with `login_delayed`.
 */
export async function signInWithCode(
  deps: CodeSignInDeps,
  proof: CodeProof,
  client: ClientInfo,
): Promise<SessionGrant> {
  if (!deps.policies.mail.signInCodes) throw fail('code_sign_in_disabled')
  const count = (outcome: string) => deps.metrics.count('logins_total', { outcome })
  try {
    const userId = await checkCode(deps, 'sign_in', proof, client)
    const used = await deps.store.transaction((tx) => useCode(deps, tx, 'sign_in', proof, userId))
    if (!used || used.user.emailVerifiedAt === null) throw fail('code_wrong')
    const { user, hash } = used
    const grant = await startSession(deps, { user, hash, amr: ['otp'] }, client)
    count('signed_in')
    return grant
  } catch (error) {
    const isWrong = isCountersignError(error) && error.code === 'code_wrong'
    const shown = isWrong ? fail('credentials_wrong') : error
    count(isCountersignError(shown) ? shown.code : 'internal')
    throw shown
  }
}
