import type { Claims, Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { commandLine } from '../audit-log/event.ts'
import type { Client } from '../clients/client.ts'
import type { AdminScope } from '../clients/resource.ts'
import { stateOf, type Session } from '../sessions/session.ts'
import { administratorRole, isAdministrator } from '../users/role.ts'
import type { User } from '../users/user.ts'

/** An administrator who acts, and the session of the request. */
export interface ActingAdministrator {
  readonly user: string
  readonly session: string
  /** The claims of the access token of the request; pages have none, because they read the session. */
  readonly token?: Claims
}

/** A service account that uses the admin API, and the scope that the route needs. */
export interface ActingClient {
  readonly client: string
  readonly scope: AdminScope
  readonly token?: Claims
}

/** The actor of a change to other users: an administrator, a service account, or the command line, which may do everything. */
export type Actor = ActingAdministrator | ActingClient | typeof commandLine

/** Returns whether an actor is a service account. */
export function isClient(by: Actor | undefined): by is ActingClient {
  return typeof by === 'object' && 'client' in by
}

/** Returns the name of an actor for the audit log; `undefined` if users did it to themselves. */
export function nameOf(by: Actor | undefined): string | undefined {
  if (typeof by !== 'object') return by
  return isClient(by) ? by.client : by.user
}

/** Judges whether an actor is still an administrator, and still signed in. Pure. `user` and `session` are theirs, if they still exist. */
export function judgeActor(
  user: User | undefined,
  session: Session | undefined,
  now: Seconds,
): 'may_act' | 'administrators_only' | 'session_ended' {
  if (!user || !isAdministrator(user)) return 'administrators_only'
  const isAlive = session?.userId === user.id && stateOf(session, now) === 'alive'
  return isAlive ? 'may_act' : 'session_ended'
}

/** Judges whether a service account still exists, and still has the scope of the route. Pure. */
export function judgeClient(
  client: Client | undefined,
  scope: AdminScope,
): 'may_act' | 'administrators_only' {
  return client?.scopes.includes(scope) ? 'may_act' : 'administrators_only'
}

/**
 * Judges whether a user may use a route or a page, by its declared `access`. `admin` is for administrators; everything else admits any user. Pure.
 * Fails with `administrators_only`. An operation that changes something judges the actor again, in its transaction.
 */
export function assertAdmitted(access: string, user: User | undefined): void {
  if (access === 'admin' && !(user && isAdministrator(user))) throw fail('administrators_only')
}

/** Refuses an administrator who acts on their own account in a way that could lock them out: another one can do it, and undo it. Pure. Fails with `not_oneself`. */
export function assertOther(id: string, by: Actor): void {
  if (id === nameOf(by)) throw fail('not_oneself')
}

/** Refuses an administrator who removes their own role. Pure. Fails with `not_oneself`. */
export function assertKeepsRole(id: string, by: Actor, roles: readonly string[]): void {
  if (!roles.includes(administratorRole)) assertOther(id, by)
}
