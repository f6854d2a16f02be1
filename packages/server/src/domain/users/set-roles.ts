import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import { parseRoles } from './role.ts'

/**
 * Gives a user these roles and no others. Access tokens that are in the world keep the old ones until they expire; the next
 * refresh brings the new. Fails with `role_unacceptable` or `user_unknown`.
 */
export async function setRoles(
  runtime: Pick<Runtime, 'store'> & Recording,
  id: string,
  texts: readonly string[],
  by?: string,
): Promise<void> {
  const roles = parseRoles(texts)
  const known = await runtime.store.transaction(async (tx) => {
    if (!(await tx.users.lock(id))) return false
    await tx.users.setRoles(id, roles)
    await recordEvents(runtime, tx, { type: 'roles_set', user: id, facts: { roles, by } })
    return true
  })
  if (!known) throw fail('user_unknown')
}
