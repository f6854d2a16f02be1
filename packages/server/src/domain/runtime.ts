import type { Clock, Seconds } from '@countersign/token'
import type { Issuer } from './keys/issuer.ts'
import type { RootSecret } from './keys/root-secret.ts'
import type { KeyPolicy } from './keys/schedule.ts'
import type { KeyEncryptionKeys } from './keys/seal.ts'
import type { BucketRule } from './limits/bucket.ts'
import type { GuessPolicy } from './limits/guess-delay.ts'
import type { PasswordRules } from './passwords/password.ts'
import type { CommonPasswords, Log, Metrics, PasswordHasher, Random, Stopwatch } from './ports.ts'
import type { SessionPolicy } from './sessions/session.ts'
import type { Store } from './store.ts'
import type { CustomClaims } from './tokens/access-token.ts'

/** The rules that the settings make, as small values. The domain never sees the settings themselves. */
export interface Policies {
  readonly tokens: {
    readonly audience: string
    readonly lifetime: Seconds
    readonly customClaims: CustomClaims
  }
  readonly keys: KeyPolicy
  readonly sessions: SessionPolicy
  readonly passwords: PasswordRules
  readonly users: { readonly registration: 'open' | 'closed' }
  /** Each null for none. */
  readonly limits: {
    readonly attempts: BucketRule | null
    readonly changes: BucketRule | null
    readonly guesses: GuessPolicy | null
  }
}

/** The store, the ports and the rules: everything that an operation may touch. Take a `Pick` of it. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly log: Log
  readonly metrics: Metrics
  readonly stopwatch: Stopwatch
  readonly keyEncryptionKeys: KeyEncryptionKeys
  readonly issuer: Issuer
  readonly root: RootSecret
  readonly policies: Policies
}
