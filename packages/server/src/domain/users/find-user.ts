import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import { foldName, type User } from './user.ts'

/** The user of a name, in any spelling that folds to the same. Fails with `user_unknown`. For administrators: callers may not ask who exists. */
export async function findUser({ store }: Pick<Runtime, 'store'>, name: string): Promise<User> {
  const found = await store.users.findByName(foldName(name))
  if (!found) throw fail('user_unknown')
  return found.user
}
