import { fail } from '../../failures.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { isSameSet } from '../kernel/same-set.ts'
import { revokeAccessTokens } from '../sessions/renew-tokens.ts'
import { administratorRole, parseRoles } from '../users/role.ts'
import { assertKeepsRole, nameOf, type Actor } from './actor.ts'
import { isLastAdministrator } from './last-administrator.ts'
import { transactionAs, type AdministrationDeps } from './transaction-as.ts'

/**
 * Replaces the roles of a user. The change takes effect at once: existing access tokens, which carry the old roles, are revoked in the
 * same transaction, and the next refresh brings new ones; no session ends. With `gently` old access tokens keep the old roles until they expire.
 * Roles that the user has already change nothing, and nothing is recorded. Fails with `role_unacceptable`, `not_oneself` if administrators remove
 * their own role, `user_unknown`, `last_administrator`, and as {@link transactionAs} does.
 */
export async function setRoles(
  deps: AdministrationDeps,
  id: string,
  texts: readonly string[],
  by: Actor,
  { gently = false }: { readonly gently?: boolean } = {},
): Promise<void> {
  const roles = parseRoles(texts)
  assertKeepsRole(id, by, roles)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const found = await tx.users.lock(id)
    if (!found) return 'user_unknown'
    const stays = roles.includes(administratorRole)
    if (!stays && (await isLastAdministrator(tx, found.user, by))) return 'last_administrator'
    if (isSameSet(roles, found.user.roles)) {
      tx.sessions.propagateEarlier()
      return 'set' // a script says it again
    }
    await tx.users.setRoles(id, roles)
    if (!gently) await revokeAccessTokens(deps, tx, await tx.sessions.lockNotEnded(id))
    const facts = { roles, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'roles_set', user: id, facts })
    return 'set'
  })
  if (verdict !== 'set') throw fail(verdict)
}
