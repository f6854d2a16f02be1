import { fail } from '../../failures.ts'
import type { AuditLogTables } from '../audit-log/audit-log.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import { Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { RegistrationTx } from '../registration/invitations.ts'
import { addSampleUser } from '../registration/register-user.ts'
import { administratorRole } from '../users/role.ts'
import type { Users } from '../users/users.ts'
import { assertNotInProduction, isInProduction } from './in-production.ts'

/** The tutorial's user, who is an administrator. Exists in development only. */
export const sampleUser = { name: 'admin', password: new Secret('password') } as const

/**
 * Adds the tutorial's user unless the name is taken. For development only: under a lock, so that no server begins production meanwhile. Fails
 * with `in_production`.
 */
export async function seedSampleUser(
  deps: RecordDeps & {
    readonly store: Transactions<RegistrationTx> & AuditLogTables
    readonly hasher: Pick<PasswordHasher, 'hash'>
  },
): Promise<void> {
  const { name, password } = sampleUser
  const added = await addSampleUser(deps, name, password, {
    roles: [administratorRole],
    async unless(tx) {
      await tx.lock('production')
      return isInProduction(tx)
    },
  })
  if (!added) await assertNotInProduction(deps.store)
}

/** The dependencies of {@link hasSampleUser} and {@link assertNoSampleUser}. */
export interface SampleUserDeps {
  readonly store: { readonly users: Pick<Users, 'findByName'> }
  readonly hasher: Pick<PasswordHasher, 'verify'>
}

/** Returns whether the tutorial's user can still sign in with the tutorial's password. Changes nothing. */
export async function hasSampleUser({ store, hasher }: SampleUserDeps): Promise<boolean> {
  const found = await store.users.findByName(sampleUser.name)
  if (!found || found.user.disabledAt !== null) return false // no hash to check, which makes the start faster
  return hasher.verify(found.hash, sampleUser.password, [])
}

/** Fails with `default_password` while the tutorial's user can still sign in with the tutorial's password. */
export async function assertNoSampleUser(deps: SampleUserDeps): Promise<void> {
  if (!(await hasSampleUser(deps))) return
  throw fail('default_password', {
    detail: 'the user admin; start with a database of its own, not with that of development',
  })
}
