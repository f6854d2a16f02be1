import { fail } from '../../failures.ts'
import type { User } from './user.ts'

/** The role of those who administer this server over HTTP. */
export const administratorRole = 'admin'

const maxRoles = 32 // every access token carries them, and HTTP headers are limited

/** Returns whether a user is an administrator now. What an older token says does not count. */
export function isAdministrator({ roles, disabledAt }: User): boolean {
  return disabledAt === null && roles.includes(administratorRole)
}

/** Checks roles: at most 32, each 1 to 64 of lower-case letters, digits and `. _ : -`. Removes duplicates and keeps the order. */
export function parseRoles(texts: readonly string[]): readonly string[] {
  const roles = [...new Set(texts)]
  if (roles.length > maxRoles)
    throw fail('role_unacceptable', { detail: `there are more than ${maxRoles}` })
  if (roles.some((one) => !/^[a-z0-9][a-z0-9._:-]{0,63}$/.test(one)))
    throw fail('role_unacceptable', {
      detail: 'a role has 1 to 64 lower-case letters, digits and signs of . _ : -',
    })
  return roles
}
