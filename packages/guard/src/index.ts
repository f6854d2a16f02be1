export type { Allowed, Answer } from './answer.ts'
export {
  bindConnection,
  tokenEnded,
  type Binding,
  type BindOptions,
  type EndReason,
} from './bind-connection.ts'
export type { ClaimsSchema } from './claims-schema.ts'
export {
  isOwnRequest,
  readCookie,
  type CookieOptions,
  type Credentials,
  type Presented,
} from './credentials.ts'
export type { EventListener, GuardEvent } from './events.ts'
export type { GuardExplanation } from './explain.ts'
export { guardFailures, type RefusalCode } from './failures.ts'
export { createGuard, type Guard, type GuardHealth, type GuardOptions } from './guard.ts'
export type { GuardSettings } from './guard-settings.ts'
export type { IssuerHealth, OwnVerifier, TrustedIssuer } from './believed-issuer.ts'
export type { ListNews, StatusListHealth } from './watched-list.ts'
export type { Trusted } from './issuers.ts'
export type { Need } from './need.ts'
export { principalOf, type Principal } from './principal.ts'
export { toText, type Problem, type Refused, type ShapedRefusal } from './refusal.ts'
export type { Revocation, RevocationOptions } from './revocation.ts'
export type { RevocationSource } from './revocation-source.ts'
export type { StatusEnd } from './watchers.ts'
export type { PublishedMetadata, ResourceMetadata, ResourceOptions } from './resource.ts'
