import type { Seconds } from '@countersign/token/internal'
import type { User } from './user.ts'

/** A user with the hash of the password, a PHC string. */
export interface FoundUser {
  readonly user: User
  readonly hash: string
}

/** Which users to list: those whose folded names begin so, after the last one of the page before. */
export interface UserPage {
  readonly limit: number
  readonly prefix?: string | undefined
  readonly after?: Pick<User, 'id' | 'createdAt'> | undefined
}

/** Users, found by id, name or e-mail address. Whoever ends their sessions locks them first, and then the sessions. */
export interface Users {
  find(id: string): Promise<User | undefined>
  /** By name in any spelling that folds to the same; with the password's hash. */
  findByName(foldedName: string): Promise<FoundUser | undefined>
  findByEmail(foldedEmail: string): Promise<User | undefined>
  /** A page of them, the newest first. */
  list(page: UserPage): Promise<readonly User[]>
  /** How many there are, counted up to `most`: nobody waits for a count of millions. */
  count(most: number): Promise<number>
  /** Whether somebody is an administrator who may sign in, but for one user. */
  hasAdministrator(except: string): Promise<boolean>
  /** As {@link find}, with the password's hash; inside a transaction nobody else changes the user until it ends. */
  lock(id: string): Promise<FoundUser | undefined>
  /** False when the name is taken; nothing is written then. An e-mail address is looked for first, under the lock `emails`. */
  add(user: User, foldedName: string, hash: string): Promise<boolean>
  setPassword(id: string, hash: string, changedAt: Seconds): Promise<void>
  /** Another hash of the same password, where `hash` is still the current one; else false, and nothing is written. */
  renewHash(id: string, hash: string, renewed: string): Promise<boolean>
  setDisabled(id: string, at: Seconds | null): Promise<void>
  setRoles(id: string, roles: readonly string[]): Promise<void>
  /** Looked for first, under the lock `emails`; null for none. */
  setEmail(id: string, email: string | null): Promise<void>
  /** With all that hangs on the user, sessions included. */
  delete(id: string): Promise<void>
}
