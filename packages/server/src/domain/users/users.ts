import type { Seconds } from '@countersign/token/internal'
import type { Language } from '../kernel/client-info.ts'
import type { User } from './user.ts'

// Users: the people who can sign in, with their names, e-mail addresses and roles. Changes to users are operations of `administration`,
// `passwords` and `registration`.

/** A user with the hash of the password, a PHC string. */
export interface FoundUser {
  readonly user: User
  readonly hash: string
}

/** The state of a user: an active one may sign in, a disabled one may not. */
export type UserState = 'active' | 'disabled'

/** The users to list: those whose folded name or e-mail address contains a text, after the last one of the page before. */
export interface UserPage {
  readonly limit: number
  readonly search?: string | undefined
  /** Only those who have this role. */
  readonly role?: string | undefined
  readonly state?: UserState | undefined
  readonly after?: Pick<User, 'id' | 'createdAt'> | undefined
}

/** The table of users. To end their sessions, lock the user first, and then the sessions. */
export interface Users {
  find(id: string): Promise<User | undefined>
  /** Finds a user by name, in any spelling that folds to the same; with the password's hash. */
  findByName(foldedName: string): Promise<FoundUser | undefined>
  findByEmail(foldedEmail: string): Promise<User | undefined>
  /** Lists a page, the newest first. */
  list(page: UserPage): Promise<readonly User[]>
  /** Counts users up to `max`: a count of millions would take too long. */
  count(max: number): Promise<number>
  /** Returns whether there is an administrator who may sign in, other than the user `except`. */
  hasAdministrator(except: string): Promise<boolean>
  /** As {@link find}, with the password's hash; in a transaction, locks the user until it ends. */
  lock(id: string): Promise<FoundUser | undefined>
  /** Returns false, and writes nothing, if the name is taken. Look for the e-mail address first, under the lock `emails`. */
  add(user: User, foldedName: string, hash: string): Promise<boolean>
  setPassword(id: string, hash: string, changedAt: Seconds): Promise<void>
  /** Stores another hash of the same password if `hash` is still the current one; otherwise returns false and writes nothing. */
  renewHash(id: string, hash: string, renewed: string): Promise<boolean>
  setDisabled(id: string, at: Seconds | null): Promise<void>
  setRoles(id: string, roles: readonly string[]): Promise<void>
  /** Null for none; `verifiedAt` is null for an address that is not verified. Look for the address first, under the lock `emails`. */
  setEmail(id: string, email: string | null, verifiedAt: Seconds | null): Promise<void>
  /** Stores the language that a user has chosen; null for none. */
  setLanguage(id: string, language: Language | null): Promise<void>
  /** Lists users of whom the application around this server does not know yet, the oldest first. */
  listUnannounced(limit: number): Promise<readonly User[]>
  isUnannounced(id: string): Promise<boolean>
  markAnnounced(id: string, at: Seconds): Promise<void>
  /** Deletes a user with all rows that belong to them, sessions included. */
  delete(id: string): Promise<void>
}

/** The table of users, as part of a store or a transaction. */
export interface UserTables {
  readonly users: Users
}
