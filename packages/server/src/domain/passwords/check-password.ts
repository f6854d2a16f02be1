import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import type { Proof } from '../sessions/start-session.ts'
import { foldName } from '../users/user.ts'
import { normalizePassword } from './password.ts'

/**
 * A hash that no password fits, of the cost of a real one: what an unknown user is checked against, so that "no such user"
 * takes as long as "wrong password".
 */
const nobody = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * The user that a name and a password belong to, proven. Fails with `credentials_wrong`, and with nothing else, for an unknown
 * user, a wrong password and a disabled user alike, after the same work.
 */
export async function checkPassword(
  { store, hasher }: Pick<Runtime, 'store' | 'hasher'>,
  name: string,
  password: Secret,
): Promise<Proof> {
  const found = await store.users.findByName(foldName(name))
  const fits = await hasher.verify(found?.hash ?? nobody, normalizePassword(password))
  if (!found || !fits || found.user.disabledAt !== null) {
    throw fail('credentials_wrong', { facts: { user: found?.user.id ?? 'unknown' } })
  }
  return { ...found, amr: ['pwd'] }
}
