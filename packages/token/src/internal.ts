// For the sibling packages, not for users: these names may change in any version.
export { tokenFailures } from './failures.ts'
export type { KeyState } from './jwks/key-ring.ts'
export type { RemoteKeySetHealth } from './jwks/remote-key-set.ts'
export { algorithms, publicAlgorithms, type PublicAlgorithm } from './jws/algorithms.ts'
export type { Claims } from './jwt/claims.ts'
export type { Check } from './jwt/explain.ts'
export { createDpopNonces, type DpopNonces } from './jwt/dpop-nonce.ts'
export {
  dpopAlgorithms,
  dpopChecks,
  dpopWindow,
  judgeDpopProof,
  signDpopProof,
  type DpopCheck,
  type ProvenRequest,
  type RefusedProof,
} from './jwt/dpop-proof.ts'
export { policyNames } from './jwt/policy.ts'
export type { SignableClaims } from './jwt/signer.ts'
export {
  startOfDay,
  steadyClock,
  systemTimer,
  toIsoText,
  type Seconds,
  type Timer,
} from './lib/clock.ts'
export { failures, type FailureOptions } from './lib/error.ts'
export {
  apiTokenPrefix,
  createApiTokenSigner,
  createApiTokenVerifier,
  parseApiToken,
} from './lib/api-token.ts'
export { createFetchMetadata } from './jwks/issuer-metadata.ts'
export {
  createFetchJson,
  createPostForm,
  problemOf,
  type FormAnswer,
} from './lib/fetch-document.ts'
export { parseJsonObject, type JsonObject } from './lib/json.ts'
export { isLoopback } from './lib/loopback.ts'
export { isOrigin } from './lib/origin.ts'
export { assertOptions, closestName, type NamesOf } from './lib/options.ts'
export { toPrintableText } from './lib/printable-text.ts'
export { serialize } from './lib/serialize.ts'
export { singleFlight, type SingleFlight, type SingleFlightOptions } from './lib/single-flight.ts'
export { smallDifference } from './lib/small-difference.ts'
export { checksum, sha256 } from './lib/text-hash.ts'
export { createFetchStatusList } from './status-list/fetch-status-list.ts'
export {
  createStatusListSigner,
  createStatusListVerifier,
  type StatusListSigner,
  type StatusListVerifier,
  type VerifiedStatusChange,
  type VerifiedStatusList,
} from './status-list/status-list-token.ts'
export type { StatusList } from './status-list/status-list.ts'
