import type { Clock } from '@countersign/token'
import type { Timer } from '@countersign/token/internal'
import type { VerificationRun } from './domain/audit-log/verification-run.ts'
import type { LimitedHooks } from './domain/authentication/hooks.ts'
import type { LegacyTokenPolicy } from './domain/authentication/find-legacy-user.ts'
import type { TokenPolicy } from './domain/authentication/issue-tokens.ts'
import type { KeyEncryptionKeys } from './domain/kernel/encryption.ts'
import type {
  Activity,
  Compress,
  Log,
  Metrics,
  Random,
  Stopwatch,
  Tracer,
} from './domain/kernel/ports.ts'
import type { RootSecret } from './domain/kernel/root-secret.ts'
import type { Issuer } from './domain/keys/issuer.ts'
import type { ClientDocuments, DocumentPolicy } from './domain/clients/client-documents.ts'
import type { TrustedIssuers } from './domain/machines/trusted-issuers.ts'
import type { PostLogoutToken } from './domain/grants/send-logout-notices.ts'
import type { KeyPolicy } from './domain/keys/plan-rotation.ts'
import type { AttemptPolicy } from './domain/limits/attempt-delay.ts'
import type { AttemptQueue } from './domain/limits/attempt-queue.ts'
import type { RequestLimits } from './domain/limits/limits.ts'
import type { IdentityProviders } from './domain/federation/identity-provider.ts'
import type { FactorPolicy } from './domain/factors/factor-policy.ts'
import type { WebAuthn } from './domain/factors/passkey.ts'
import type { TotpCodes } from './domain/factors/totp.ts'
import type { CommonPasswords, PasswordHasher } from './domain/passwords/password-hasher.ts'
import type { MailPolicy } from './domain/mail/enqueue-mail.ts'
import type { Mailer } from './domain/mail/mail.ts'
import type { Mailbox } from './platform/mail/mailbox.ts'
import type { PasswordRules } from './domain/passwords/password.ts'
import type { RegistrationPolicy } from './domain/registration/register-user.ts'
import type { LiveStatusLists } from './domain/revocation/live-status-lists.ts'
import type { Publisher } from './domain/revocation/publish-status-list.ts'
import type { StatusFeed } from './domain/revocation/status-feed.ts'
import type { RevocationPolicy } from './domain/revocation/status-lists.ts'
import type { SessionPolicy } from './domain/sessions/session.ts'
import type { FederationPolicy } from './domain/users/identity.ts'
import type { Store } from './domain/store.ts'

// Private to the composition: what it builds once and passes to everything else. An operation never takes a `Runtime`, but the few ports that its
// topic declares; `http/`, `jobs/` and `cli/` declare what they need as the sum of those.

/** The policies that the settings make. Each topic declares its own; the domain never sees the settings themselves. */
export interface Policies {
  readonly tokens: TokenPolicy
  /** Undefined if no tokens from before the move are honoured. */
  readonly legacyTokens: LegacyTokenPolicy | undefined
  readonly keys: KeyPolicy
  readonly sessions: SessionPolicy
  readonly passwords: PasswordRules
  readonly users: RegistrationPolicy
  readonly factors: FactorPolicy
  readonly federation: FederationPolicy
  readonly revocation: RevocationPolicy
  readonly mail: MailPolicy
  readonly clientDocuments: DocumentPolicy
  /** `attemptDelay` throttles wrong passwords; null for no throttling. */
  readonly limits: RequestLimits & { readonly attemptDelay: AttemptPolicy | null }
}

/** The store, the ports, the policies, and the services that live as long as the process. */
export interface Runtime {
  readonly store: Store
  readonly clock: Clock
  readonly timer: Timer
  readonly hooks: LimitedHooks
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
  /** The status lists in memory, how they are published, and the guards that follow. Filled by a running server only. */
  readonly statusLists: LiveStatusLists
  readonly publisher: Publisher
  readonly feed: StatusFeed
  /** Brings this server and the guards that follow it up to date with the key ring. */
  readonly followKeys: () => Promise<void>
  /** Ends the feeds of guards, once, when the database was moved to another one. */
  readonly onMoved: () => void
  readonly policies: Policies
  readonly activity: Activity
  readonly verificationRun: VerificationRun
  readonly attemptQueue: AttemptQueue
  readonly totpCodes: TotpCodes
  readonly webAuthn: WebAuthn
  readonly trustedIssuers: TrustedIssuers
  readonly postLogoutToken: PostLogoutToken
  readonly clientDocuments: ClientDocuments
  readonly identityProviders: IdentityProviders
  /** Undefined on a server that cannot send mail. */
  readonly mailer: Mailer | undefined
  /** The mailer of development, unless the settings name an SMTP server. */
  readonly mailbox: Mailbox | undefined
}
