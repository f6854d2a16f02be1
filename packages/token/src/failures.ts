import { failures } from './lib/error.ts'

/** Every failure code of this package with its message. HTTP statuses are added by the guard. */
export const tokenFailures = {
  // Failures of a token, in the order of the checks: form, header, key, signature, claims.
  token_too_large: 'The token is longer than this verifier accepts',
  token_malformed: 'The token is not a signed JWT in compact form',
  token_encrypted: 'The token is encrypted (JWE); only signed tokens (JWS) are supported',
  header_malformed: 'The token header is not a strict JSON object',
  header_critical: 'The token requires a JWS extension (crit) that is not supported',
  token_type_wrong: 'The token has another type (typ) than the policy requires',
  algorithm_not_allowed: 'The token is signed with an algorithm that the policy does not allow',
  key_unknown: 'No key of the issuer matches the token',
  issuer_mismatch: 'The issuer names itself otherwise than the configured URL',
  key_set_unavailable: 'The key set of the issuer is unavailable',
  key_algorithm_wrong: 'The key that the token names (kid) is for another algorithm',
  signature_wrong: 'The signature of the token is invalid',
  claims_malformed: 'The token claims are not a strict JSON object',
  claim_missing: 'The token lacks a claim that the policy requires',
  claim_malformed: 'A claim of the token is malformed',
  issuer_wrong: 'The token comes from another issuer',
  audience_wrong: 'The token is meant for another audience',
  legacy_token_ended: 'Tokens of the former application are not accepted any more',
  token_expired: 'The token has expired',
  token_not_yet_valid: 'The token is not valid yet',
  token_issued_in_future: 'The token claims to be issued in the future',
  token_lifetime_too_long: 'The lifetime of the token is longer than the policy allows',
  token_too_old: 'The token was issued longer ago than the policy allows',
  // Mistakes of the program that uses the package, not of a caller.
  policy_invalid: 'The policy is invalid',
  signer_invalid: 'The signer options are invalid',
  claim_reserved: 'The signer sets this claim itself',
  claims_unsignable: 'These claims cannot be signed',
  algorithm_unknown: 'There is no algorithm of this name',
  algorithm_unavailable: 'This runtime does not support the algorithm',
  key_invalid: 'The key is invalid',
  secret_weak: 'The secret is too weak to sign with',
  status_list_invalid: 'The status list is invalid',
  status_index_unknown: 'The index is outside the status list',
  metadata_invalid: 'The metadata of the issuer is invalid',
  jwks_invalid: 'The key set is invalid',
  key_ring_invalid: 'The key ring is invalid',
} as const

/**
 * A failure code of this package: the `code` of a `CountersignError`. The codes are stable; the messages are not.
 *
 * @example
 * import type { TokenFailure } from '@countersign/token'
 *
 * const retryAfterSignIn: readonly TokenFailure[] = ['token_expired', 'token_too_old']
 */
export type TokenFailure = keyof typeof tokenFailures

/** Makes a failure of this package. */
export const fail = failures(tokenFailures)

/** Makes the failure for an unknown member of a policy or of other options. */
export function unknownMember(detail: string, member: string) {
  return fail('policy_invalid', { detail, facts: { member } })
}
