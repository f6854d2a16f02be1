import type { Seconds } from '@countersign/token/internal'
import type { Secret } from '../kernel/secret.ts'
import { foldName, type User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import type { ClaimValues } from './access-token.ts'

/** Tokens of the application from before the move: until when they are honoured, and how a user is found by them. */
export interface LegacyTokenPolicy {
  readonly secret: Secret
  /** The day on which they end, such as `2027-03-01`. */
  readonly until: string
  /** The claim that names the user: by name or by id. */
  readonly claim: string
  /** The lifetime that the application gave them. */
  readonly lifetime: Seconds
}

/** The `client_id` of a legacy token: no session and no client has it. */
export const legacyClientId = 'legacy'

/**
 * Finds the user of a legacy token by id or exact name, and returns the claims that replace its own; `undefined` for a user who does not exist, is disabled, or has set a new
 * password since the token was issued. A token without `iat` was issued its lifetime before it expires. The name of a deleted user who registers again
 * fits an old token, until that has expired.
 */
export async function findLegacyUser(
  { store }: { readonly store: UserTables },
  { lifetime }: Pick<LegacyTokenPolicy, 'lifetime'>,
  subject: string,
  { exp, iat }: { readonly exp: Seconds; readonly iat?: unknown },
): Promise<(ClaimValues & { readonly sub: string }) | undefined> {
  const user = (await store.users.find(subject)) ?? (await findByExactName(store, subject))
  if (!user || user.disabledAt !== null) return undefined
  const issuedAt = typeof iat === 'number' ? iat : exp - lifetime
  const { createdAt, passwordChangedAt } = user // equal for a user who was imported
  if (passwordChangedAt > createdAt && issuedAt <= passwordChangedAt) return undefined
  const roles = user.roles.length === 0 ? {} : { roles: user.roles }
  return { sub: user.id, username: user.name, client_id: legacyClientId, ...roles }
}

/** Finds the user of exactly this name. Many applications have `admin` and `Admin` as two users, and a stranger may have the second one there. */
async function findByExactName({ users }: UserTables, name: string): Promise<User | undefined> {
  const found = (await users.findByName(foldName(name)))?.user
  return found?.name === name ? found : undefined
}
