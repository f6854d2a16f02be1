import { fail } from '../../failures.ts'
import { foldName, type User } from './user.ts'
import type { UserTables } from './users.ts'

/** Finds a user by name, in any spelling that folds to the same. Fails with `user_unknown`. For administrators: callers may not learn who exists. */
export async function findUser(
  { store }: { readonly store: UserTables },
  name: string,
): Promise<User> {
  const found = await store.users.findByName(foldName(name))
  if (!found) throw fail('user_unknown')
  return found.user
}
