import { fail } from '../../failures.ts'
import { assertNotInProduction, isInProduction } from './in-production.ts'
import { normalizePassword } from '../passwords/password.ts'
import type { PasswordHasher } from '../kernel/ports.ts'
import type { Runtime } from '../../runtime.ts'
import { Secret } from '../kernel/secret.ts'
import type { Users } from '../users/users.ts'
import { administratorRole } from '../users/administrator.ts'
import { addUser } from '../registration/register-user.ts'

/** The tutorial's user, who is an administrator. Exists in development only. */
export const sampleUser = { name: 'admin', password: new Secret('password') } as const

/**
 * Makes the tutorial's user unless the name is taken. For development only: under a lock, so that no server begins production meanwhile. Fails
 * with `in_production`.
 */
export async function seedSampleUser(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'hasher'>,
): Promise<void> {
  const { name, password } = sampleUser
  const made = await addUser(runtime, name, password, [administratorRole], async (tx) => {
    await tx.lock('production')
    return isInProduction(tx)
  })
  if (!made) await assertNotInProduction(runtime.store)
}

/** Whether the tutorial's user can still sign in with the tutorial's password. Changes nothing. */
export async function hasSampleUser({ store, hasher }: SampleNeeds): Promise<boolean> {
  const found = await store.users.findByName(sampleUser.name)
  if (!found || found.user.disabledAt !== null) return false // nothing to hash, and the start is quicker
  return hasher.verify(found.hash, normalizePassword(sampleUser.password))
}

/** What looking for the sample user takes. */
export interface SampleNeeds {
  readonly store: { readonly users: Pick<Users, 'findByName'> }
  readonly hasher: Pick<PasswordHasher, 'verify'>
}

/** Fails with `default_password` while the tutorial's user can still sign in with the tutorial's password. */
export async function assertNoSampleUser(needs: SampleNeeds): Promise<void> {
  if (!(await hasSampleUser(needs))) return
  throw fail('default_password', {
    detail: 'the user admin; start with a database of its own, not with that of development',
  })
}
