import { foldName, type User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'

const pageSize = 500

/**
 * Yields every user as a line of JSON, which an import with `jsonl` reads. With `hashes`, their password hashes, too: with those, passwords can be guessed
 * on any machine. A user without a password has none. A hash under a pepper is of use on a server with that pepper only.
 */
export async function* exportUsers(
  { store }: { readonly store: UserTables },
  { hashes }: { readonly hashes: boolean },
): AsyncGenerator<string> {
  let after: User | undefined
  do {
    const page = await store.users.list({ limit: pageSize, after })
    for (const user of page) {
      const found =
        hashes && user.hasPassword ? await store.users.findByName(foldName(user.name)) : undefined
      yield JSON.stringify({ ...toRecord(user), password_hash: found?.hash })
    }
    after = page.length === pageSize ? page.at(-1) : undefined
  } while (after)
}

function toRecord({ id, name, email, emailVerifiedAt, roles, createdAt, disabledAt }: User) {
  const times = { created_at: createdAt, disabled_at: disabledAt }
  return { id, username: name, email, email_verified_at: emailVerifiedAt, roles, ...times }
}
