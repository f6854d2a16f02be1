import type { Clock, Seconds } from '@countersign/token'
import type { Issuer } from './keys/issuer.ts'
import type { Secret } from './secret.ts'
import type { Store } from './store.ts'

/** A source of unguessable bytes. A port. */
export interface Random {
  bytes(count: number): Buffer
}

/** Hashes passwords where they hold nobody up. A port. */
export interface PasswordHasher {
  /** A new salted hash, as a PHC string. Fails with `busy` when too many wait. */
  hash(password: Secret): Promise<string>
  /** Whether a password fits a PHC string. Fails with `busy` when too many wait. */
  verify(hash: string, password: Secret): Promise<boolean>
  close(): Promise<void>
}

/** Where events are written for the operator. A port. */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  error(facts: Readonly<Record<string, unknown>>, message: string): void
}

/** The rules that the settings make, as small values. The domain never sees the settings themselves. */
export interface Policies {
  readonly tokens: { readonly audience: string; readonly lifetime: Seconds }
  readonly passwords: { readonly minLength: number }
}

/** The store, the ports and the rules: everything that an operation may touch. Take a `Pick` of it. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly log: Log
  readonly issuer: Issuer
  readonly policies: Policies
}
