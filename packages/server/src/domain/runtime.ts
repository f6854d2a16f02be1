import type { Clock, Seconds } from '@countersign/token'
import type { Issuer } from './keys/issuer.ts'
import type { PasswordRules } from './passwords/password.ts'
import type { CommonPasswords, Log, PasswordHasher, Random } from './ports.ts'
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
  readonly sessions: SessionPolicy
  readonly passwords: PasswordRules
  readonly users: { readonly registration: 'open' | 'closed' }
}

/** The store, the ports and the rules: everything that an operation may touch. Take a `Pick` of it. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly log: Log
  readonly issuer: Issuer
  readonly policies: Policies
}
