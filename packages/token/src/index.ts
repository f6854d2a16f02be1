// The public API. Names that only the sibling packages use are in internal.ts; structure.test.ts limits the number.
export { issuerKeySet } from './jwks/issuer-key-set.ts'
export { localKeySet, toJwks, type Jwks, type KeySource } from './jwks/key-set.ts'
export { keyRing, newKeyRing, type KeyRing } from './jwks/key-ring.ts'
export { remoteKeySet, type RemoteKeySet } from './jwks/remote-key-set.ts'
export {
  exportPrivateJwk,
  exportPrivatePem,
  exportPublicJwk,
  exportPublicPem,
  thumbprint,
} from './jwk/export-key.ts'
export { importPrivateKey, importPublicKey } from './jwk/import-key.ts'
export type { PrivateJwk, PublicJwk } from './jwk/jwk.ts'
export { generateKey, importSecret, type SigningKey, type VerificationKey } from './jwk/key.ts'
export type { Algorithm } from './jws/algorithms.ts'
export type { ProvenClaims, VerifiedClaims } from './jwt/claims.ts'
export type { Explanation } from './jwt/explain.ts'
export { inspect } from './jwt/inspect.ts'
export type { LegacyPolicy, Policy } from './jwt/policy.ts'
export { createSigner, type Signer, type SignerOptions } from './jwt/signer.ts'
export type { VerifiedToken } from './jwt/verification-steps.ts'
export { createLegacyVerifier, createVerifier, type Verifier } from './jwt/verifier.ts'
export { systemClock, type Clock } from './lib/clock.ts'
export { CountersignError, isCountersignError } from './lib/error.ts'
export type { TokenFailure } from './failures.ts'
export { createStatusList, decodeStatusList } from './status-list/status-list.ts'
