export type { RouteRequirements } from './authorize.ts'
export type { ClaimMapping, ClaimReader } from './claim-mapping.ts'
export type { ClaimsSchema } from './claims-schema.ts'
export { cookieNamesOf, type CookieNames } from './cookie-names.ts'
export type { Allowed } from './decision.ts'
export type { DpopOptions } from './dpop.ts'
export type { EventListener, GuardEvent } from './events.ts'
export type { GuardExplanation } from './explain.ts'
export {
  passesCsrfCheck,
  readCookie,
  type CookieOptions,
  type ExtractedToken,
  type RequestView,
} from './extract-token.ts'
export { guardFailures, type RefusalCode } from './failures.ts'
export { createGuard } from './guard.ts'
export {
  guardConnection,
  tokenEndedCode,
  type ConnectionEndReason,
  type GuardConnectionOptions,
  type GuardedConnection,
} from './guard-connection.ts'
export type { Guard } from './guard-interface.ts'
export type {
  IssuerHealth,
  IssuerWithVerifier,
  TrustedIssuer,
  TrustOptions,
} from './issuers/issuer-context.ts'
export { issuerPresets, keycloakClient, type IssuerPreset } from './issuers/issuer-presets.ts'
export type { LegacyTokens } from './issuers/legacy-tokens.ts'
export type { GuardHealth } from './issuers/issuers.ts'
export type { GuardOptions, GuardSettings } from './options.ts'
export { principalOf, type Principal } from './principal.ts'
export { refusalBody, type Problem, type Refusal, type RefusalOverrides } from './refusal.ts'
export type { PublishedMetadata, ResourceMetadata, ResourceOptions } from './resource-metadata.ts'
export type { Answer } from './respond.ts'
export type { Revocation, RevocationOptions } from './revocation/issuer-revocation.ts'
export type { RevocationSource } from './revocation/revocation-source.ts'
export type { StatusListEvent, StatusListHealth } from './revocation/status-lists.ts'
export type { RevocationNotice } from './revocation/subscribers.ts'
