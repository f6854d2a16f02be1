import type { Clock, Seconds, Timer } from '@countersign/token'
import type { Issuer } from './domain/keys/issuer.ts'
import type { RootSecret } from './domain/kernel/root-secret.ts'
import type { KeyPolicy } from './domain/keys/plan-rotation.ts'
import type { KeyEncryptionKeys } from './domain/kernel/encryption.ts'
import type { BucketRule } from './domain/limits/bucket.ts'
import type { AttemptPolicy } from './domain/limits/attempt-delay.ts'
import type { AttemptQueue } from './domain/limits/attempt-queue.ts'
import type { PasswordRules } from './domain/passwords/password.ts'
import type { VerificationRun } from './domain/audit-log/verification-run.ts'
import type {
  Activity,
  CommonPasswords,
  Compress,
  Log,
  Metrics,
  PasswordHasher,
  Random,
  Stopwatch,
  Tracer,
} from './domain/kernel/ports.ts'
import type { SessionPolicy } from './domain/sessions/session.ts'
import type { Store } from './domain/store.ts'
import type { LiveStatusLists } from './domain/revocation/live-status-lists.ts'
import type { Publisher } from './domain/revocation/publish-status-list.ts'
import type { StatusFeed } from './domain/revocation/status-feed.ts'
import type { CustomClaims } from './domain/authentication/access-token.ts'

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
  readonly users: { readonly registration: 'open' | 'invitation' | 'closed' }
  readonly revocation: {
    /** Seconds for which a guard may use a status list without asking again. */
    readonly listTtl: Seconds
    /** Seconds between two signs of life on a feed. */
    readonly heartbeat: Seconds
    /** How many guards may follow feeds of one server. */
    readonly feedConnections: number
  }
  /** Each null for none. */
  readonly limits: {
    readonly attempts: BucketRule | null
    readonly changes: BucketRule | null
    readonly guesses: AttemptPolicy | null
  }
}

/** The store, the ports and the rules: everything that an operation may touch. Take a `Pick` of it. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly timer: Timer
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly commonPasswords: CommonPasswords
  readonly compress: Compress
  readonly log: Log
  readonly metrics: Metrics
  readonly stopwatch: Stopwatch
  readonly tracer: Tracer
  readonly keyEncryptionKeys: KeyEncryptionKeys
  readonly issuer: Issuer
  readonly root: RootSecret
  /** The status lists in memory, what is published of them, and who is told. Only a server fills them. */
  readonly statusLists: LiveStatusLists
  readonly publisher: Publisher
  readonly feed: StatusFeed
  readonly policies: Policies
  readonly activity: Activity
  readonly verificationRun: VerificationRun
  readonly attemptQueue: AttemptQueue
}
