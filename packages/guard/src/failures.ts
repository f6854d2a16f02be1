import { failures } from '@countersign/token/internal'

/** What a guard may answer: its status, its sentence and, where a standard has a word for it, the challenge's `error`. */
interface GuardFailure {
  readonly status: 400 | 401 | 403 | 500 | 503
  readonly challenge?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
  readonly message: string
}

/**
 * Every refusal of a guard (RFC 6750, section 3.1; RFC 9470, section 3). What an outsider may learn is decided here: each fault
 * of a token but its expiry is `token_invalid` to the caller, and its true code goes to the operator.
 */
export const guardFailures = {
  token_missing: { status: 401, message: 'Token is missing!' },
  token_expired: { status: 401, challenge: 'invalid_token', message: 'Token has expired!' },
  token_invalid: { status: 401, challenge: 'invalid_token', message: 'Invalid token!' },
  authorization_malformed: {
    status: 400,
    challenge: 'invalid_request',
    message:
      'The token must be sent once: in the Authorization header, as "Bearer", one space and the token, or in its cookie',
  },
  request_cross_site: {
    status: 403,
    message: 'A cookie is taken only from a request that this very site has sent',
  },
  scope_missing: {
    status: 403,
    challenge: 'insufficient_scope',
    message: 'The token does not carry the scope that this route needs',
  },
  role_missing: {
    status: 403,
    challenge: 'insufficient_scope',
    message: 'The token does not carry the role that this route needs',
  },
  factor_missing: {
    status: 401,
    challenge: 'insufficient_user_authentication',
    message: 'This route needs a stronger authentication than the one the token tells of',
  },
  authentication_too_old: {
    status: 401,
    challenge: 'insufficient_user_authentication',
    message: 'This route needs a more recent authentication than the one the token tells of',
  },
  issuer_unreachable: {
    status: 503,
    message: 'The issuer of the token cannot be asked for its keys now',
  },
  // The sentence is the tutorial's for every bad token that has not expired; clients go by the code.
  token_revoked: { status: 401, challenge: 'invalid_token', message: 'Invalid token!' },
  revocation_unknown: {
    status: 503,
    message: 'Whether the token has been revoked cannot be known now',
  },
  // Whoever runs or writes the application, not whoever calls it.
  status_missing: {
    status: 401,
    message: 'The token does not say which status list tells whether it is revoked',
  },
  status_unusable: { status: 401, message: 'The status of the token cannot be looked up' },
  feed_broken: { status: 500, message: 'The feed of a status list cannot be followed' },
  claims_unfit: {
    status: 401,
    message: 'The claims of the token do not fit the schema of the application',
  },
  token_bound: {
    status: 401,
    message:
      'The token is bound to a key of its client, and nothing came with it that proves the key',
  },
  principal_missing: {
    status: 500,
    message: 'No guard let this request through, so nobody is known to be calling',
  },
  guard_invalid: { status: 500, message: 'The guard cannot be made' },
  need_invalid: { status: 500, message: 'What the route needs cannot be understood' },
} as const satisfies Readonly<Record<string, GuardFailure>>

/** A refusal that a caller can meet. */
export type RefusalCode = Exclude<
  keyof typeof guardFailures,
  | 'principal_missing'
  | 'guard_invalid'
  | 'need_invalid'
  | 'claims_unfit'
  | 'token_bound'
  | 'status_missing'
  | 'status_unusable'
  | 'feed_broken'
>

/** Makes a failure of this package. */
export const fail = failures(guardFailures)
