import type { LegacyTokenPolicy } from '../../domain/authentication/find-legacy-user.ts'
import type { Seconds } from '@countersign/token/internal'
import type { AuditLogTables } from '../../domain/audit-log/audit-log.ts'
import type { VerificationRun } from '../../domain/audit-log/verification-run.ts'
import type { IssueTokensDeps } from '../../domain/authentication/issue-tokens.ts'
import type { VerifyEmailDeps } from '../../domain/administration/verify-email.ts'
import type { EnrolDeps } from '../../domain/authentication/enrol-in-sign-in.ts'
import type { FinishSignInDeps } from '../../domain/authentication/finish-sign-in.ts'
import type { OwnFactorDeps } from '../../domain/authentication/change-own-factors.ts'
import type { PasskeySignInDeps } from '../../domain/authentication/sign-in-with-passkey.ts'
import type { StepUpDeps } from '../../domain/authentication/step-up.ts'
import type { CodeSignInDeps } from '../../domain/authentication/sign-in-with-code.ts'
import type { SignInDeps } from '../../domain/authentication/sign-in.ts'
import type { ClientDocuments, DocumentPolicy } from '../../domain/clients/client-documents.ts'
import type { BeginLinkDeps } from '../../domain/federation/begin-federated-sign-in.ts'
import type { FinishFederatedDeps } from '../../domain/federation/finish-federated-sign-in.ts'
import type { IdentityTables } from '../../domain/users/identity.ts'
import type { FactorTables } from '../../domain/factors/enrolled-factors.ts'
import type { AskCodeDeps } from '../../domain/mail/ask-code.ts'
import type { PendingSignInTables } from '../../domain/factors/pending-sign-in.ts'
import type { OutboxTables } from '../../domain/mail/outbox.ts'
import type { ResetPasswordDeps } from '../../domain/passwords/reset-password.ts'
import type { ApproveDeps } from '../../domain/grants/approve-request.ts'
import type { GrantTokenDeps } from '../../domain/grants/issue-grant-tokens.ts'
import type { DeviceDeps } from '../../domain/grants/authorize-device.ts'
import type { PushDeps } from '../../domain/grants/pushed-request.ts'
import type { RedeemDeps } from '../../domain/grants/redeem-code.ts'
import type { RedeemDeviceDeps } from '../../domain/grants/redeem-device-code.ts'
import type { SignOutApplicationDeps } from '../../domain/grants/sign-out-application.ts'
import type { Language } from '../../domain/kernel/client-info.ts'
import type { Activity } from '../../domain/kernel/ports.ts'
import type { ManualKeyChangeDeps } from '../../domain/keys/change-key-ring.ts'
import type { Issuer } from '../../domain/keys/issuer.ts'
import type { RateLimitDeps } from '../../domain/limits/limit-rate.ts'
import type { RequestLimits } from '../../domain/limits/limits.ts'
import type { RegisterDeps } from '../../domain/registration/register-user.ts'
import type { LiveStatusLists } from '../../domain/revocation/live-status-lists.ts'
import type { Publisher } from '../../domain/revocation/publish-status-list.ts'
import type { StatusFeed } from '../../domain/revocation/status-feed.ts'
import type { InvitationTables } from '../../domain/registration/invitations.ts'
import type { UserTables } from '../../domain/users/users.ts'
import type { RevocationPolicy } from '../../domain/revocation/status-lists.ts'
import type { ClientAuthDeps } from '../../domain/machines/authenticate-client.ts'
import type { ApiTokenDeps } from '../../domain/machines/api-token.ts'
import type { RevokeDeps } from '../../domain/machines/revoke-token.ts'
import type { ResourceDeps } from '../../domain/machines/change-resources.ts'
import type { RefreshDeps } from '../../domain/sessions/rotate-refresh-token.ts'

/** A mail as the mailbox page shows it. */
export interface ShownMail {
  readonly id: string
  readonly to: string
  readonly createdAt: Seconds
  readonly language: Language
  readonly subject: string
  readonly text: string
}

/** The services of a running server that routes and pages use besides the operations. */
interface ServerServices {
  readonly issuer: Issuer
  readonly statusLists: LiveStatusLists
  readonly publisher: Publisher
  readonly feed: StatusFeed
  readonly activity: Activity
  readonly verificationRun: VerificationRun
  readonly clientDocuments: ClientDocuments
  /** The mails of development; undefined if an SMTP server takes them, or nothing does. */
  readonly mailbox: { list(): readonly ShownMail[] } | undefined
  readonly policies: {
    readonly clientDocuments: DocumentPolicy
    readonly limits: RequestLimits
    readonly revocation: RevocationPolicy
    readonly legacyTokens: LegacyTokenPolicy | undefined
  }
  readonly store: AuditLogTables &
    FactorTables &
    PendingSignInTables &
    IdentityTables &
    OutboxTables & {
      /** For lists of which an old answer is harmless. */
      readonly replica: AuditLogTables & InvitationTables & UserTables
      /** Rejects if the database does not answer. */
      ping(): Promise<void>
    }
}

/** The dependencies of HTTP on the domain: the sum of those of its operations. The composition supplies them. */
export type Services = ServerServices &
  RateLimitDeps &
  SignInDeps &
  FinishSignInDeps &
  PasskeySignInDeps &
  EnrolDeps &
  OwnFactorDeps &
  StepUpDeps &
  FinishFederatedDeps &
  BeginLinkDeps &
  IssueTokensDeps &
  RefreshDeps &
  RegisterDeps &
  AskCodeDeps &
  ResetPasswordDeps &
  VerifyEmailDeps &
  CodeSignInDeps &
  ManualKeyChangeDeps &
  ResourceDeps &
  ClientAuthDeps &
  RevokeDeps &
  ApiTokenDeps &
  ApproveDeps &
  RedeemDeps &
  DeviceDeps &
  PushDeps &
  RedeemDeviceDeps &
  SignOutApplicationDeps &
  GrantTokenDeps
