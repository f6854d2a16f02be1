import { commandLine } from '../audit-log/event.ts'
import { isAdministrator } from '../users/role.ts'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import type { Actor } from './actor.ts'

/**
 * Returns whether a user, whom `by` deletes, disables or demotes, is the last administrator. Call it under the lock `administrators`, and take
 * that lock before any user's: of two who leave at once, one sees that the other has left. The command line may remove the last one, because
 * it can make another.
 */
export async function isLastAdministrator(
  tx: UserTables,
  user: User,
  by: Actor | undefined,
): Promise<boolean> {
  if (by === commandLine || !isAdministrator(user)) return false
  return !(await tx.users.hasAdministrator(user.id))
}
