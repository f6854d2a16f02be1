import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { AuthenticatedUser } from '../sessions/start-session.ts'
import { foldName } from '../users/user.ts'
import { dueForRenewal, dummyHash } from './password-hash.ts'
import { normalizePassword } from './password.ts'

/**
 * The user that a name and a password belong to, proven. Fails with `credentials_wrong`, and with nothing else, for an unknown
 * user, a wrong password and a disabled user alike, after the same work; and with `busy`, whoever it is.
 */
export async function checkPassword(
  runtime: Pick<Runtime, 'store' | 'hasher'>,
  name: string,
  password: Secret,
): Promise<AuthenticatedUser> {
  const { store, hasher } = runtime
  const found = await store.users.findByName(foldName(name))
  const normal = normalizePassword(password)
  const fits = await hasher.verify(found?.hash ?? dummyHash(hasher.hashParams), normal)
  if (!found || !fits || found.user.disabledAt !== null) {
    throw fail('credentials_wrong', { facts: { user: found?.user.id ?? 'unknown' } })
  }
  if (!dueForRenewal(found.hash, hasher.hashParams)) return { ...found, amr: ['pwd'] }
  const renewed = await hasher.hash(normal)
  if (await store.users.renewHash(found.user.id, found.hash, renewed))
    return { user: found.user, hash: renewed, amr: ['pwd'] }
  // Somebody has changed the password, or renewed its hash: what was proved is not what is stored any more.
  return checkPassword(runtime, name, password)
}
