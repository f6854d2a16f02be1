import { commandLine } from '../audit-log/event.ts'
import type { Transaction } from '../store.ts'
import type { Actor } from './actor.ts'
import { isAdministrator } from '../users/administrator.ts'
import type { User } from '../users/user.ts'

/**
 * Whether nobody would be an administrator any more without a user, whom `by` deletes, disables or demotes. Only under the lock
 * `administrators`, which is taken before any user's: of two who go at once, one sees that the other has gone. At the command line it may
 * be the last one, for whoever works there can make another.
 */
export async function isLastAdministrator(
  tx: Transaction,
  user: User,
  by: Actor | undefined,
): Promise<boolean> {
  if (by === commandLine || !isAdministrator(user)) return false
  return !(await tx.users.hasAdministrator(user.id))
}
