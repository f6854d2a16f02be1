import type { Secret } from '../kernel/secret.ts'
import type { IsListed } from './common-password.ts'
import type { HashParams } from './password-hash.ts'

/**
 * Hashes passwords off the main thread. A port.
 *
 * @example
 * import type { PasswordHasher } from '@countersign/server'
 *
 * export const isOverloaded = (hasher: PasswordHasher): boolean => hasher.waiting > 100
 */
export interface PasswordHasher {
  /** The parameters of new hashes. */
  readonly hashParams: HashParams
  /** Returns a new salted hash, as a PHC string. Fails with `busy` when too many calls wait. */
  hash(password: Secret): Promise<string>
  /**
   * Returns whether a password, as it was typed, fits a stored hash; `undefined`, the hash of an unknown user, fits none. A check that fails costs as much as
   * the costliest of these: new hashes, the `kinds` of hashes in the database, and what this process has checked so far. So timing tells
   * neither whether there is a user nor which system a hash came from. Fails with `busy` when too many calls wait; and with `pepper_missing`, after
   * the same work.
   */
  verify(hash: string | undefined, password: Secret, kinds: readonly string[]): Promise<boolean>
  /** The number of calls that wait for a thread now. */
  readonly waiting: number
  close(): Promise<void>
}

/** Loads the list of common passwords when it is first needed. A port. */
export type CommonPasswords = () => Promise<IsListed>
