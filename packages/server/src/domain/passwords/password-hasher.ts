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
   * Returns whether a password fits a PHC string. One that does not fit costs as much as the parameters of new hashes, or as the strongest hash
   * that was checked so far, whatever the parameters of this hash: timing must not tell users apart. Fails with `busy` when too many calls
   * wait; and with `pepper_missing`, after the same work.
   */
  verify(hash: string, password: Secret): Promise<boolean>
  /** How many calls wait for a thread now. */
  readonly waiting: number
  close(): Promise<void>
}

/** Loads the list of common passwords when it is first needed. A port. */
export type CommonPasswords = () => Promise<IsListed>
