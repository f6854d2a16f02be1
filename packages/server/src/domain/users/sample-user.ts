import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { Runtime } from '../runtime.ts'
import { Secret } from '../secret.ts'
import { administratorRole } from './administrator.ts'
import { addUser } from './register-user.ts'

/** The tutorial's user, who is an administrator. Exists in development only. */
export const sampleUser = { name: 'admin', password: new Secret('password') } as const

/** Makes the tutorial's user unless the name is taken. For development only. */
export async function seedSampleUser(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'hasher'>,
): Promise<void> {
  await addUser(runtime, sampleUser.name, sampleUser.password, [administratorRole])
}

/** Fails with `default_password` while the tutorial's user can still sign in with the tutorial's password. */
export async function assertNoSampleUser(
  runtime: Pick<Runtime, 'store' | 'hasher'>,
): Promise<void> {
  if (!(await runtime.store.users.findByName(sampleUser.name))) return // nothing to hash, and the start is quicker
  try {
    await checkPassword(runtime, sampleUser.name, sampleUser.password)
  } catch (error) {
    if (isCountersignError(error) && error.code === 'credentials_wrong') return
    throw error
  }
  throw fail('default_password', {
    detail: 'the user admin; start with a database of its own, not with that of development',
  })
}
