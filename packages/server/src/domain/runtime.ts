import type { Clock } from '@countersign/token'
import type { Seconds, Timer } from '@countersign/token/internal'
import type { Issuer } from './keys/issuer.ts'
import type { RootSecret } from './keys/root-secret.ts'
import type { KeyPolicy } from './keys/schedule.ts'
import type { KeyEncryptionKeys } from './keys/seal.ts'
import type { BucketRule } from './limits/bucket.ts'
import type { GuessPolicy } from './limits/guess-delay.ts'
import type { GuessQueue } from './limits/guess-queue.ts'
import type { PasswordRules } from './passwords/password.ts'
import type { LedgerCheck } from './ledger/ledger-check.ts'
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
} from './ports.ts'
import type { SessionPolicy } from './sessions/session.ts'
import type { Store } from './store.ts'
import type { LiveStatusLists } from './status/live-status-lists.ts'
import type { Publisher } from './status/publish-status-list.ts'
import type { StatusFeed } from './status/status-feed.ts'
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
    readonly guesses: GuessPolicy | null
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
  readonly ledgerCheck: LedgerCheck
  readonly guessQueue: GuessQueue
}
