import { fail } from '../../failures.ts'
import type { User } from './user.ts'

/** The role of those who run this server over HTTP. */
export const administratorRole = 'admin'

/** Whether a user may do what administrators do, now. What an older token says does not count. */
export function isAdministrator({ roles, disabledAt }: User): boolean {
  return disabledAt === null && roles.includes(administratorRole)
}

/** Whoever administers does some things to others alone: another administrator is then there to undo them. Fails with `not_oneself`. */
export function assertOther(id: string, by: string): void {
  if (id === by) throw fail('not_oneself')
}

/** Nobody takes their own role away, so that the last administrator stays one. Fails with `not_oneself`. */
export function assertKeepsRole(id: string, by: string, roles: readonly string[]): void {
  if (id === by && !roles.includes(administratorRole)) throw fail('not_oneself')
}
