import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Recording } from '../audit-log/record-event.ts'
import type { AttemptNeeds } from '../limits/attempt-throttle.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { ClientInfo, AuthenticatedUser } from '../sessions/start-session.ts'
import { foldName } from '../users/user.ts'
import { checkPasswordAttempt } from './check-password-attempt.ts'
import { checkPassword } from './check-password.ts'

/** What confirming a password takes. */
export type Confirming = AttemptNeeds & Pick<Runtime, 'hasher'> & Recording

/**
 * Checks the password of somebody who is signed in, before what a stolen token must not be enough for (ASVS 6.2.3, 7.5.1). Fails
 * with `current_password_wrong`, which is no 401: the token is good, and a new one would not help. With `login_delayed`
 * after too many wrong ones, which count together with those of signing in: this must be no second door. And with `user_gone` or `busy`.
 */
export async function confirmPassword(
  runtime: Confirming,
  userId: string,
  password: Secret,
  client: ClientInfo,
): Promise<AuthenticatedUser> {
  const user = await runtime.store.users.find(userId)
  if (!user || user.disabledAt !== null) throw fail('user_gone')
  const refused = { type: 'password_refused', user: userId, facts: {} } as const
  try {
    return await checkPasswordAttempt(
      runtime,
      { name: foldName(user.name), address: client.address },
      () => checkPassword(runtime, user.name, password),
      async () => ({ ...refused, personal: { ...client } }),
    )
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'credentials_wrong') throw error
    throw fail('current_password_wrong', { facts: { user: userId } })
  }
}
