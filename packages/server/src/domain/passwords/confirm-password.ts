import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import type { Proof } from '../sessions/start-session.ts'
import { checkPassword } from './check-password.ts'

/**
 * Checks the password of somebody who is signed in, before what a stolen token must not be enough for (ASVS 6.2.3, 7.5.1). Fails
 * with `current_password_wrong`, which is no 401: the token is good, and a new one would not help. And with `user_gone` or `busy`.
 */
export async function confirmPassword(
  runtime: Pick<Runtime, 'store' | 'hasher'>,
  userId: string,
  password: Secret,
): Promise<Proof> {
  const user = await runtime.store.users.find(userId)
  if (!user || user.disabledAt !== null) throw fail('user_gone')
  try {
    return await checkPassword(runtime, user.name, password)
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'credentials_wrong') throw error
    throw fail('current_password_wrong', { facts: { user: userId } })
  }
}
