import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import { parseRoles } from './role.ts'

/**
 * Gives a user these roles and no others. Access tokens that are in the world keep the old ones until they expire; the next
 * refresh brings the new. Fails with `role_unacceptable` or `user_unknown`.
 */
export async function setRoles(
  { store }: Pick<Runtime, 'store'>,
  id: string,
  texts: readonly string[],
): Promise<void> {
  const roles = parseRoles(texts)
  const known = await store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return false
    await tx.users.setRoles(id, roles)
    return true
  })
  if (!known) throw fail('user_unknown')
}
