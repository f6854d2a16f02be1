export {
  algorithms,
  type Algorithm,
  type PublicAlgorithm,
  type SecretAlgorithm,
} from './algorithms.ts'
export type { Claims, VerifiedClaims } from './claims.ts'
export { systemClock, type Clock, type Seconds } from './clock.ts'
export {
  CountersignError,
  failures,
  isCountersignError,
  type Catalogue,
  type FailureOptions,
} from './error.ts'
export { tokenFailures, type TokenFailure } from './failures.ts'
export { parseJsonObject, type JsonObject } from './json.ts'
export type { PrivateJwk, PublicJwk } from './jwk.ts'
export type { Header } from './jws.ts'
export {
  exportPrivateJwk,
  exportPublicJwk,
  generateKey,
  importPrivateKey,
  importPublicKey,
  importSecret,
  type SigningKey,
  type VerificationKey,
} from './key.ts'
export { localKeySet, toJwks, type Jwks, type KeySource } from './key-set.ts'
export type { Policy } from './policy.ts'
export { createSigner, type SignableClaims, type Signer, type SignerOptions } from './signer.ts'
export { inspect, type UnverifiedToken } from './inspect.ts'
export {
  createStatusList,
  decodeStatusList,
  type EncodedStatusList,
  type StatusBits,
  type StatusList,
} from './status-list.ts'
export { createVerifier, type VerifiedToken, type Verifier } from './verifier.ts'
