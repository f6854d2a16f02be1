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

/** What can be read and written, inside a transaction or outside. */
export interface Tables {
  readonly users: Users
  readonly signingKeys: SigningKeys
}

/** All that the domain asks of persistence. */
export interface Store extends Tables {
  /**
   * Runs work that happens whole or not at all; transactions that write take turns. Inside, await nothing but `tx`: the
   * outer store refuses to be used there. Return a verdict and throw only bugs, for an exception undoes everything.
   */
  transaction<T>(work: (tx: Tables) => Promise<T>): Promise<T>
  /** Fails when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
