import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Secret } from '../kernel/secret.ts'
import type { AuthenticatedUser } from '../sessions/start-session.ts'
import { foldName } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import type { HashKindTables } from './hash-kinds.ts'
import { needsRehash } from './password-hash.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { normalizePassword } from './password.ts'

/**
 * Returns the user that a name and a password belong to. Fails with `credentials_wrong` for an unknown user, a wrong password, a disabled user
 * and a hash whose pepper is missing alike, after the same work whatever system the hash is of (see `verify` of the hasher), and with `busy` for any
 * user. A hash that is weaker than today's, or of another system, is renewed.
 */
export async function checkPassword(
  deps: { readonly store: UserTables & HashKindTables; readonly hasher: PasswordHasher },
  name: string,
  password: Secret,
): Promise<AuthenticatedUser> {
  const { store, hasher } = deps
  const found = await store.users.findByName(foldName(name))
  const kinds = await store.hashKinds.list() // after the user: a kind is imported in one transaction with the users who have it
  const isActive = found?.user.disabledAt === null
  const hash = isActive ? found.hash : undefined
  const facts = { user: found?.user.id ?? 'unknown' }
  const matches = await hasher.verify(hash, password, kinds).catch((error: unknown) => {
    if (!isCountersignError(error) || error.code !== 'pepper_missing') throw error
    const missingPepper = error.facts['pepper']
    throw fail('credentials_wrong', { facts: { ...facts, missingPepper }, cause: error })
  })
  if (!isActive || !matches) throw fail('credentials_wrong', { facts })
  if (!needsRehash(found.hash, hasher.hashParams)) return { ...found, amr: ['pwd'] }
  const renewed = await hasher.hash(normalizePassword(password))
  if (await store.users.renewHash(found.user.id, found.hash, renewed))
    return { user: found.user, hash: renewed, amr: ['pwd'] }
  // The password was changed, or its hash renewed, meanwhile: what was proven is no longer what is stored.
  return checkPassword(deps, name, password)
}
