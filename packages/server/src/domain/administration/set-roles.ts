import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { administratorRole, parseRoles } from '../users/role.ts'
import { assertKeepsRole, nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Changes the roles of a user to these and no others. Existing access tokens keep the old ones until they expire; the next refresh brings the
 * new ones. Fails with `role_unacceptable`, `not_oneself` if administrators remove their own role, `user_unknown`, `last_administrator`, and as
 * {@link transactionAs} does.
 */
export async function setRoles(
  deps: AdministrationDeps,
  id: string,
  texts: readonly string[],
  by: Actor,
): Promise<void> {
  const roles = parseRoles(texts)
  assertKeepsRole(id, by, roles)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    const stays = roles.includes(administratorRole)
    if (!stays && (await isLastAdministrator(tx, found.user, by))) return 'last_administrator'
    await tx.users.setRoles(id, roles)
    const facts = { roles, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'roles_set', user: id, facts })
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
