import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { commandLine } from '../audit-log/event.ts'
import { stateOf, type Session } from '../sessions/session.ts'
import { administratorRole, isAdministrator } from '../users/administrator.ts'
import type { User } from '../users/user.ts'

/** An administrator who does something, by the session that says so. */
export interface ActingAdministrator {
  readonly user: string
  readonly session: string
}

/** Who does something to others: an administrator, or whoever works at the command line, who may do everything. */
export type Actor = ActingAdministrator | typeof commandLine

/** What the audit log calls an actor; nothing where somebody did it to themselves. */
export function nameOf(by: Actor | undefined): string | undefined {
  return typeof by === 'object' ? by.user : by
}

/** Judges whether an administrator still is one, and still signed in. Pure. `user` and `session` are theirs, where they are still there. */
export function judgeActor(
  user: User | undefined,
  session: Session | undefined,
  now: Seconds,
): 'acts' | 'administrators_only' | 'session_ended' {
  if (!user || !isAdministrator(user)) return 'administrators_only'
  const own = session?.userId === user.id && stateOf(session, now) === 'alive'
  return own ? 'acts' : 'session_ended'
}

/** Whoever administers does some things to others alone: another administrator is then there to undo them. Fails with `not_oneself`. */
export function assertOther(id: string, by: ActingAdministrator): void {
  if (id === by.user) throw fail('not_oneself')
}

/** Nobody takes their own role away by the way. Fails with `not_oneself`. */
export function assertKeepsRole(
  id: string,
  by: ActingAdministrator,
  roles: readonly string[],
): void {
  if (id === by.user && !roles.includes(administratorRole)) throw fail('not_oneself')
}
