import { fail } from '../../failures.ts'
import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { act } from './transaction-as.ts'
import { nameOf, type Actor } from './actor.ts'
import { administratorRole } from '../users/administrator.ts'
import { isLastAdministrator } from './last-administrator.ts'
import { parseRoles } from '../users/role.ts'

/**
 * Gives a user these roles and no others. Access tokens that are in the world keep the old ones until they expire; the next
 * refresh brings the new. Fails with `role_unacceptable`, `user_unknown`, `last_administrator`, and as {@link act} does.
 */
export async function setRoles(
  runtime: Pick<Runtime, 'store'> & Recording,
  id: string,
  texts: readonly string[],
  by: Actor,
): Promise<void> {
  const roles = parseRoles(texts)
  const verdict = await act(runtime, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    const stays = roles.includes(administratorRole)
    if (!stays && (await isLastAdministrator(tx, found.user, by))) return 'last_administrator'
    await tx.users.setRoles(id, roles)
    const facts = { roles, by: nameOf(by) }
    await recordEvents(runtime, tx, { type: 'roles_set', user: id, facts })
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
