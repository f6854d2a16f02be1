import type { Seconds } from '@countersign/token'
import type { StoredSigningKey } from './keys/signing-key.ts'
import type { Rotation } from './sessions/rotation.ts'
import type { EndReason, Session } from './sessions/session.ts'
import type { User } from './users/user.ts'

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

/** A session as its refresh token finds it: with its rotation, and its user. */
export interface FoundSession {
  readonly session: Session
  readonly rotation: Rotation
  readonly user: User
}

/** Sessions. None is changed but by {@link Sessions.advance} and the ending of it, and nothing brings one back. */
export interface Sessions {
  find(id: string): Promise<Session | undefined>
  findByHandle(handleHash: string): Promise<FoundSession | undefined>
  /** Those of a user that are alive, the last used first; 200 at most. */
  listAlive(userId: string, now: Seconds): Promise<readonly Session[]>
  /** With the hashes of the two parts of its first refresh token. */
  add(session: Session, hashes: { readonly handle: string; readonly secret: string }): Promise<void>
  /** Writes the next rotation where the session has not ended and `current` is still its current hash; else false, and nothing is written. */
  advance(
    id: string,
    current: string,
    next: Rotation,
    use: { readonly at: Seconds; readonly idleExpiresAt: Seconds },
  ): Promise<boolean>
  /** False when it has ended before, and nothing is written. */
  end(id: string, now: Seconds, reason: EndReason): Promise<boolean>
  /** Ends those of a user that have not ended, but for one; answers their ids. */
  endAll(
    userId: string,
    now: Seconds,
    reason: EndReason,
    except?: string,
  ): Promise<readonly string[]>
  /** Deletes those that were over before `before`; answers how many. */
  prune(before: Seconds): Promise<number>
}

/** The issuer's signing keys, private parts sealed. */
export interface SigningKeys {
  findActive(): Promise<StoredSigningKey | undefined>
  /** All that tokens in the world may still be signed with, newest first. */
  list(): Promise<readonly StoredSigningKey[]>
  add(key: StoredSigningKey): Promise<void>
}

/** A name under which transactions take turns, for what no single row stands for. */
export type LockName = 'signing_keys' | 'emails'

/** What can be read and written, inside a transaction or outside. */
export interface Tables {
  readonly users: Users
  readonly sessions: Sessions
  readonly signingKeys: SigningKeys
}

/** What work in a transaction may touch. */
export interface Transaction extends Tables {
  /** Waits until no other transaction holds the name, and holds it until this one ends. Look only afterwards. */
  lock(name: LockName): Promise<void>
}

/** All that the domain asks of persistence. */
export interface Store extends Tables {
  /**
   * Runs work that happens whole or not at all. Others may run beside it: what must stay true from a look to a write is
   * locked before the look, by a method whose name begins with `lock`. Inside, await nothing but `tx`: the outer store
   * refuses to be used there. Return a verdict and throw only bugs, for an exception undoes everything; so does a statement
   * that failed, even when its error is caught.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Fails when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
