import type { User } from './user.ts'

/** The role of those who run this server over HTTP. */
export const administratorRole = 'admin'

/** Whether a user may do what administrators do, now. What an older token says does not count. */
export function isAdministrator({ roles, disabledAt }: User): boolean {
  return disabledAt === null && roles.includes(administratorRole)
}
