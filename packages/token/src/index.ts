export {
  algorithms,
  publicAlgorithms,
  type Algorithm,
  type PublicAlgorithm,
  type SecretAlgorithm,
} from './algorithms.ts'
export type { Claims, ProvenClaims, VerifiedClaims } from './claims.ts'
export {
  systemClock,
  systemTimer,
  toIsoText,
  type Clock,
  type Seconds,
  type Timer,
} from './clock.ts'
export {
  CountersignError,
  failures,
  isCountersignError,
  type Catalogue,
  type FailureOptions,
} from './error.ts'
export type { Check, Explanation } from './explain.ts'
export { tokenFailures, type TokenFailure } from './failures.ts'
export { issuerKeySet } from './issuer-key-set.ts'
export { parseJsonObject, type JsonObject } from './json.ts'
export type { PrivateJwk, PublicJwk } from './jwk.ts'
export type { Header } from './jws.ts'
export {
  exportPrivateJwk,
  exportPrivatePem,
  exportPublicJwk,
  exportPublicPem,
  generateKey,
  importPrivateKey,
  importPublicKey,
  importSecret,
  thumbprint,
  type SigningKey,
  type VerificationKey,
} from './key.ts'
export { keyRing, newKeyRing, type KeyRing, type KeyState, type RingEntry } from './key-ring.ts'
export { localKeySet, toJwks, type Jwks, type KeySource } from './key-set.ts'
export { assertOptions, nearest, type NamesOf } from './options.ts'
export { policyNames, type LegacyPolicy, type Policy } from './policy.ts'
export {
  problemOf,
  remoteKeySet,
  type RemoteKeySet,
  type RemoteKeySetHealth,
  type RemoteKeySetOptions,
} from './remote-key-set.ts'
export { nearMiss } from './near-miss.ts'
export { printable } from './printable.ts'
export { createSigner, type SignableClaims, type Signer, type SignerOptions } from './signer.ts'
export { createFetchStatusList, type FetchedStatusList } from './fetch-status-list.ts'
export { inspect, type UnverifiedToken } from './inspect.ts'
export {
  createStatusList,
  decodeStatusList,
  type EncodedStatusList,
  type StatusBits,
  type StatusList,
} from './status-list.ts'
export {
  createStatusListSigner,
  createStatusListVerifier,
  type StatusChangeContents,
  type StatusListContents,
  type StatusListSigner,
  type StatusListVerifier,
  type VerifiedStatusChange,
  type VerifiedStatusList,
} from './status-list-token.ts'
export {
  createLegacyVerifier,
  createVerifier,
  type VerifiedToken,
  type Verifier,
} from './verifier.ts'
