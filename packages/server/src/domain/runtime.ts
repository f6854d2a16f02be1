import type { Clock, Seconds } from '@countersign/token'
import type { Issuer } from './keys/issuer.ts'
import type { KeyPolicy } from './keys/schedule.ts'
import type { KeyEncryptionKeys } from './keys/seal.ts'
import type { Log, PasswordHasher, Random } from './ports.ts'
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
  readonly passwords: { readonly minLength: number }
}

/** The store, the ports and the rules: everything that an operation may touch. Take a `Pick` of it. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly log: Log
  readonly keyEncryptionKeys: KeyEncryptionKeys
  readonly issuer: Issuer
  readonly policies: Policies
}
