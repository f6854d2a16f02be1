import type { Seconds } from '@countersign/token'
import type { Ring, StoredSigningKey } from './keys/signing-key.ts'
import type { Checkpoint } from './ledger/checkpoint.ts'
import type { Entry, Link } from './ledger/chain.ts'
import type { Erasure } from './ledger/erase-personal-data.ts'
import type { BucketRule } from './limits/bucket.ts'
import type { Guesses } from './limits/guess-delay.ts'
import type { Rotation } from './sessions/rotation.ts'
import type { EndReason, Session } from './sessions/session.ts'
import type { StatusChange, StatusIndex, StoredStatusList } from './status/status-list.ts'
import type { Invitations } from './users/invitation.ts'
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
  /** How many there are, counted up to `most`: nobody waits for a count of millions. */
  count(most: number): Promise<number>
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

/** Which sessions to list: those alive, after the last one of the page before. */
export interface SessionPage {
  readonly now: Seconds
  readonly limit: number
  readonly after?: Pick<Session, 'id' | 'expiresAt'> | undefined
}

/** A session with the name of its user. */
export interface NamedSession extends Session {
  readonly userName: string
}

/** Sessions. None is changed but by {@link Sessions.advance}, and in a transaction by {@link SessionChanges}; nothing brings one back. */
export interface Sessions {
  find(id: string): Promise<Session | undefined>
  findByHandle(handleHash: string): Promise<FoundSession | undefined>
  /** Those of a user that are alive, the last used first; 200 at most. */
  listAlive(userId: string, now: Seconds): Promise<readonly Session[]>
  /** Those alive of all users, the newest first, after the last one of the page before. */
  page(page: SessionPage): Promise<readonly NamedSession[]>
  /** How many are alive, counted up to `most`. */
  countAlive(now: Seconds, most: number): Promise<number>
  /** Writes the next rotation where the session has not ended and `current` is still its current hash; else false, and nothing is written. */
  advance(
    id: string,
    current: string,
    next: Rotation,
    use: { readonly at: Seconds; readonly idleExpiresAt: Seconds },
  ): Promise<boolean>
  /** Deletes those that were over before `before`; answers how many. */
  prune(before: Seconds): Promise<number>
}

/**
 * What happens to sessions only in a transaction. Whatever ends one sets its status bit in the same step, under the lock
 * `status_changes`: nobody can end a session and forget its tokens.
 */
export interface SessionChanges {
  /** With the hashes of the two parts of its first refresh token. False when its status index is taken, and nothing is written. */
  add(
    session: Session,
    hashes: { readonly handle: string; readonly secret: string },
  ): Promise<boolean>
  /** As `find`; nobody else changes the session until the transaction ends. */
  lock(id: string): Promise<Session | undefined>
  /** Gives one without a status index one. False when that is taken, and nothing is written. */
  setStatus(id: string, status: StatusIndex): Promise<boolean>
  /** False when it has ended before, and nothing is written. */
  end(id: string, now: Seconds, reason: EndReason): Promise<boolean>
  /** Ends those of a user that have not ended, but for one; answers their ids. */
  endAll(
    userId: string,
    now: Seconds,
    reason: EndReason,
    except?: string,
  ): Promise<readonly string[]>
}

/** Status lists, and the bits that were set. */
export interface StatusLists {
  /** The one whose indices are given out. A new one is added under the lock `status_lists`. */
  newest(): Promise<StoredStatusList | undefined>
  /** All of them, the oldest first. */
  list(): Promise<readonly StoredStatusList[]>
  add(list: StoredStatusList, now: Seconds): Promise<void>
  /** The number of the newest change; 0 when there was none. */
  lastSeq(): Promise<number>
  /** Changes in order, from the one after `after`; only those since a time, where one is given. */
  changes(after: number, limit: number, since?: Seconds): Promise<readonly StatusChange[]>
  /** Forgets changes before a time, but for the newest, from which the next one counts on; answers how many. */
  prune(before: Seconds): Promise<number>
}

/** Something that lies sealed: `context` names it, and was bound in. */
export interface SealedThing {
  readonly context: string
  readonly sealed: string
}

/** A table with something sealed in its rows: what `reseal` brings under another key-encryption key. */
export interface SealedThings {
  listSealed(): Promise<readonly SealedThing[]>
  /** False when it is no more what was read, and nothing is written. */
  replaceSealed(thing: SealedThing, sealed: string): Promise<boolean>
}

/** The issuer's signing keys, private parts sealed. Change them under the lock of the same name. */
export interface SigningKeys extends SealedThings {
  /** All that are remembered, in the order in which they sign. */
  list(): Promise<Ring>
  add(key: StoredSigningKey): Promise<void>
  /** Writes when it begins, ends and was withdrawn. The database refuses a second key without an end. */
  updateTimes(key: StoredSigningKey): Promise<void>
  delete(id: string): Promise<void>
}

/** Secrets of the server itself, under names that are bound in when they are sealed. */
export interface SealedSecrets extends SealedThings {
  find(name: string): Promise<string | undefined>
  /** False when there is one of that name, and nothing is written then. */
  add(name: string, sealed: string, now: Seconds): Promise<boolean>
}

/** Which entries of the ledger. */
export interface EntryFilter {
  readonly userId?: string | undefined
  readonly type?: string | undefined
  /** Only those with a lower number. */
  readonly before?: number | undefined
}

/** The ledger. Entries are added by `recordEvents` alone, and nothing of them is changed but what `erase` leaves out. */
export interface Ledger {
  /** The newest entry. What is to follow it is added under the lock `ledger`. */
  last(): Promise<(Link & { readonly type: string }) | undefined>
  find(seq: number): Promise<Entry | undefined>
  /** The newest of a type. */
  lastOf(type: string): Promise<Entry | undefined>
  /** In order, from the one after `after`. */
  page(after: number, limit: number): Promise<readonly Entry[]>
  /** The newest first: of all, of one user, of one type, and those before an entry. */
  newest(limit: number, filter?: EntryFilter): Promise<readonly Entry[]>
  add(entries: readonly Entry[]): Promise<void>
  /** Erases the personal data of a user's entries, or of all before a time; answers of how many. */
  erase(whose: Erasure): Promise<number>
  /** In order, from the one after `after`. */
  checkpoints(after: number, limit: number): Promise<readonly Checkpoint[]>
  addCheckpoint(checkpoint: Checkpoint): Promise<void>
}

/** What is limited, under keys that tell nothing. */
export interface Limits {
  /** Takes a token from a bucket; answers 0, or the whole seconds until there is one. However many ask at once, no more get one than there are. */
  take(key: string, rule: BucketRule, now: Seconds): Promise<Seconds>
  /** Those that there are. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, Guesses>>
  /** All of them, made where they were not; in a transaction nobody else changes them until it ends. */
  lock(keys: readonly string[]): Promise<ReadonlyMap<string, Guesses>>
  put(key: string, guesses: Guesses): Promise<void>
  /** Deletes what has meant nothing since `before`; answers how many. `pruneLimits` knows when that is. */
  prune(before: Seconds): Promise<number>
}

/** A name under which transactions take turns, for what no single row stands for. */
export type LockName = 'signing_keys' | 'emails' | 'status_lists' | 'status_changes' | 'ledger'

/** What can be read and written, inside a transaction or outside. */
export interface Tables {
  readonly users: Users
  readonly sessions: Sessions
  readonly statusLists: StatusLists
  readonly signingKeys: SigningKeys
  readonly sealedSecrets: SealedSecrets
  readonly ledger: Ledger
  readonly limits: Limits
  readonly invitations: Invitations
}

/** What work in a transaction may touch. */
export interface Transaction extends Tables {
  readonly sessions: Sessions & SessionChanges
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
  /**
   * Calls `look` whenever status bits may have been set: after the commit of a transaction of this very store, which is answered
   * only when the look is over; and, as far as the database tells, when another process did it. What comes back ends that, and so does closing.
   */
  onStatusChange(look: () => Promise<void>): Promise<() => Promise<void>>
  /** Fails when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
