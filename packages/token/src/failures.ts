import { failures } from './error.ts'

/** Every code this package can fail with, and its sentence. It knows no HTTP: the guard adds the status. */
export const tokenFailures = {
  // A token, in the order of suspicion: shape, header, key, signature, claims.
  token_too_large: 'The token is larger than this verifier reads',
  token_malformed: 'The token is not a signed JWT in compact form',
  token_encrypted: 'The token is encrypted (JWE), and only signed tokens are read',
  header_malformed: 'The token header is not one strict JSON object',
  header_critical: 'The token demands an extension that is not understood',
  token_type_wrong: 'The token is of another type than the one wanted here',
  algorithm_not_allowed: 'The token is signed with an algorithm that the policy does not allow',
  key_unknown: 'No key of the issuer fits the token',
  key_set_unavailable: 'The keys of the issuer cannot be had now',
  key_algorithm_wrong: 'The key that the token names is for another algorithm',
  signature_wrong: 'The signature does not fit the token',
  claims_malformed: 'The token claims are not one strict JSON object',
  claim_missing: 'The token lacks a claim that the policy requires',
  claim_malformed: 'A claim of the token has the wrong form',
  issuer_wrong: 'The token comes from another issuer',
  audience_wrong: 'The token is meant for another audience',
  token_expired: 'The token has expired',
  token_not_yet_valid: 'The token is not valid yet',
  token_issued_in_future: 'The token claims to be issued in the future',
  token_lifetime_too_long: 'The token lives longer than the policy allows',
  token_too_old: 'The token was issued longer ago than the policy allows',
  // Whoever writes the program, not whoever calls it.
  policy_invalid: 'The policy cannot be used',
  signer_invalid: 'The signer cannot be made',
  claim_reserved: 'The signer sets this claim itself',
  claims_unsignable: 'These claims cannot be signed',
  algorithm_unavailable: 'This run time does not have the algorithm',
  key_invalid: 'The key cannot be used',
  secret_weak: 'The secret is too weak to sign with',
  status_list_invalid: 'The status list cannot be used',
  status_index_unknown: 'The status list has no such index',
  metadata_invalid: 'The metadata of the issuer cannot be used',
  jwks_invalid: 'The key set cannot be used',
  key_ring_invalid: 'The key ring cannot be used',
} as const

/** A code of the token package. */
export type TokenFailure = keyof typeof tokenFailures

/** Makes a failure of this package. */
export const fail = failures(tokenFailures)
