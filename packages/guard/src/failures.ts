import { failures } from '@countersign/token/internal'

/** A failure of a guard: its status, its message and, where a standard defines one, the `error` of the challenge. */
interface GuardFailure {
  readonly status: 400 | 401 | 403 | 500 | 503
  readonly challenge?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce'
  readonly message: string
}

/**
 * Every failure of a guard (RFC 6750, section 3.1; RFC 9470, section 3). Callers see `token_expired`,
 * `token_revoked` or, for any other fault of a token, `token_invalid`; the exact code goes to the operator.
 *
 * @example
 * import { guardFailures } from '@countersign/guard'
 *
 * console.log(guardFailures.token_expired.status, guardFailures.token_expired.message) // 401 Token has expired!
 */
export const guardFailures = {
  token_missing: { status: 401, message: 'Token is missing!' },
  token_expired: { status: 401, challenge: 'invalid_token', message: 'Token has expired!' },
  token_invalid: { status: 401, challenge: 'invalid_token', message: 'Invalid token!' },
  authorization_malformed: {
    status: 400,
    challenge: 'invalid_request',
    message:
      'Malformed Authorization header or cookie: send the token once, as "Bearer", one space and the token, or in its cookie',
  },
  request_cross_site: {
    status: 403,
    message: 'Cross-site request: the cookie is accepted only from pages of this site',
  },
  scope_missing: {
    status: 403,
    challenge: 'insufficient_scope',
    message: 'Insufficient scope: this route requires a scope that the token does not have',
  },
  role_missing: {
    status: 403,
    challenge: 'insufficient_scope',
    message: 'Missing role: this route requires a role that the token does not have',
  },
  factor_missing: {
    status: 401,
    challenge: 'insufficient_user_authentication',
    message: 'This route requires a stronger authentication method',
  },
  authentication_too_old: {
    status: 401,
    challenge: 'insufficient_user_authentication',
    message: 'This route requires a more recent sign-in',
  },
  issuer_unreachable: {
    status: 503,
    message: 'The keys of the token issuer are unavailable; retry later',
  },
  issuer_mismatch: {
    status: 500,
    message:
      'The token issuer has another issuer URL than this service expects; the operator of this service must change its settings',
  },
  // The tutorial's message for every bad token that has not expired; clients go by the code.
  token_revoked: { status: 401, challenge: 'invalid_token', message: 'Invalid token!' },
  revocation_unknown: {
    status: 503,
    message: 'The revocation status of the token is unavailable; retry later',
  },
  exchange_unavailable: {
    status: 503,
    message: 'The API token cannot be checked now; retry later',
  },
  // DPoP (RFC 9449, sections 7.1 and 9).
  proof_invalid: {
    status: 401,
    challenge: 'invalid_dpop_proof',
    message: 'The DPoP proof is missing, invalid or was used before',
  },
  proof_nonce_required: {
    status: 401,
    challenge: 'use_dpop_nonce',
    message: 'Repeat the request with a new DPoP proof, with the nonce of the header DPoP-Nonce',
  },
  // For operators and developers of the application, never sent to a caller.
  api_token_malformed: {
    status: 401,
    message: 'The API token is mistyped or incomplete: its checksum is wrong',
  },
  api_token_refused: {
    status: 401,
    message: 'The issuer does not know the API token, or it is not for this audience',
  },
  status_missing: {
    status: 401,
    message: 'The token names no status list, so its revocation cannot be checked',
  },
  status_unusable: { status: 401, message: 'The status claim of the token is unusable' },
  feed_broken: { status: 500, message: 'The feed of a status list failed' },
  claims_invalid: {
    status: 401,
    message: 'The claims of the token do not match the schema of the application',
  },
  legacy_user_unknown: {
    status: 401,
    message: 'The user of the legacy token is unknown, disabled or deleted',
  },
  legacy_user_unavailable: {
    status: 503,
    message: 'The user of the legacy token could not be looked up',
  },
  token_bound: {
    status: 401,
    message: 'The token is bound to a key of its client and was sent as a plain bearer token',
  },
  token_unbound: {
    status: 401,
    message: 'The token is a bearer token and was sent with the scheme DPoP',
  },
  principal_missing: {
    status: 500,
    message:
      'No guard admitted this request, so its principal is unknown: put a guard before the route',
  },
  guard_invalid: { status: 500, message: 'Invalid options for the guard' },
  requirements_invalid: { status: 500, message: 'Invalid route requirements' },
} as const satisfies Readonly<Record<string, GuardFailure>>

/** A refusal that a caller can meet. */
export type RefusalCode = Exclude<
  keyof typeof guardFailures,
  | 'principal_missing'
  | 'guard_invalid'
  | 'requirements_invalid'
  | 'api_token_malformed'
  | 'api_token_refused'
  | 'claims_invalid'
  | 'legacy_user_unknown'
  | 'legacy_user_unavailable'
  | 'token_bound'
  | 'token_unbound'
  | 'status_missing'
  | 'status_unusable'
  | 'feed_broken'
>

/** Creates a failure of this package. */
export const fail = failures(guardFailures)

/** Creates the failure of a guard with invalid options. */
export const guardInvalid = (detail: string) => fail('guard_invalid', { detail })
