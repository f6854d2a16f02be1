import type { StoredSigningKey } from './keys/signing-key.ts'
import type { User } from './users/user.ts'

/** Users, found by id or by name. */
export interface Users {
  find(id: string): Promise<User | undefined>
  /** By name in any spelling that folds to the same; with the password's hash, which nothing else returns. */
  findByName(
    foldedName: string,
  ): Promise<{ readonly user: User; readonly hash: string } | undefined>
  /** False when the name is taken; nothing is written then. */
  add(user: User, foldedName: string, hash: string): Promise<boolean>
}

/** The issuer's signing keys, private parts sealed. */
export interface SigningKeys {
  findActive(): Promise<StoredSigningKey | undefined>
  /** All that tokens in the world may still be signed with, newest first. */
  list(): Promise<readonly StoredSigningKey[]>
  add(key: StoredSigningKey): Promise<void>
}

/** A name under which transactions take turns, for what no single row stands for. */
export type LockName = 'signing_keys'

/** What can be read and written, inside a transaction or outside. */
export interface Tables {
  readonly users: Users
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
