import type { CallerFailure } from './caller-failures.ts'

/** The failures of OAuth endpoints, API tokens, clients and resources: a part of the catalogue of callers. */
export const machineFailures = {
  // OAuth endpoints. Wrong credentials of every kind are one code.
  parameter_invalid: { status: 400, message: 'Invalid parameter', oauth: 'invalid_request' },
  client_unauthenticated: {
    status: 401,
    message: 'Client authentication failed',
    challenge: 'Basic realm="countersign"',
    oauth: 'invalid_client',
  },
  grant_unsupported: {
    status: 400,
    message: 'Unsupported grant_type; the metadata list those that are supported',
    oauth: 'unsupported_grant_type',
  },
  grant_not_allowed: {
    status: 400,
    message: 'This client may not do this',
    oauth: 'unauthorized_client',
  },
  scope_invalid: {
    status: 400,
    message: 'Invalid scope',
    oauth: 'invalid_scope',
  },
  target_invalid: {
    status: 400,
    message: 'Invalid resource',
    oauth: 'invalid_target',
  },
  trusted_issuer_unreachable: {
    status: 503,
    message: 'The keys of a trusted issuer cannot be fetched',
  },

  grant_invalid: {
    status: 400,
    message: 'The API token, code or refresh token is unknown, expired, used or revoked',
    oauth: 'invalid_grant',
  },

  // DPoP (RFC 9449, sections 5 and 8).
  dpop_proof_invalid: {
    status: 400,
    message: 'The DPoP proof is missing, invalid or was used before',
    oauth: 'invalid_dpop_proof',
  },
  dpop_nonce_required: {
    status: 400,
    message: 'Repeat the request with a new DPoP proof, with the nonce of the header DPoP-Nonce',
    oauth: 'use_dpop_nonce',
  },

  authorization_request_invalid: {
    status: 400,
    message: 'The application sent a request that cannot be answered',
    oauth: 'invalid_request',
  },
  // The device grant (RFC 8628, section 3.5). A program asks until the answer is another one than the first two.
  authorization_pending: {
    status: 400,
    message: 'The user has not answered yet; ask again after the interval',
    oauth: 'authorization_pending',
  },
  polled_too_fast: {
    status: 400,
    message: 'Asked again too soon; the interval is 5 seconds longer from now on',
    oauth: 'slow_down',
  },
  authorization_denied: {
    status: 400,
    message: 'The user has refused',
    oauth: 'access_denied',
  },
  device_code_expired: {
    status: 400,
    message: 'The user has not answered in time; ask for a new code',
    oauth: 'expired_token',
  },
  user_code_wrong: {
    status: 400,
    message: 'The code is wrong, expired or already used; look at your device again',
  },
  response_type_unsupported: {
    status: 400,
    message: 'Unsupported response_type',
    oauth: 'unsupported_response_type',
  },
  logout_request_invalid: {
    status: 400,
    message: 'The application sent a request to sign out that cannot be answered',
    oauth: 'invalid_request',
  },
  grant_unknown: { status: 404, message: 'Application not found' },

  // API tokens.
  sign_in_required: {
    status: 403,
    message:
      'This needs a user who signed in; applications, API tokens and service accounts cannot do it',
  },
  api_token_unacceptable: { status: 400, message: 'Invalid API token' },
  api_token_unknown: { status: 404, message: 'API token not found' },
  api_tokens_too_many: {
    status: 409,
    message: 'This user has as many API tokens as are allowed; revoke one first',
  },

  // Machines, for administrators.
  scope_unacceptable: { status: 400, message: 'Invalid scope' },
  resource_unacceptable: { status: 400, message: 'Invalid resource' },
  client_unacceptable: { status: 400, message: 'Invalid client' },
  client_taken: {
    status: 409,
    message: 'Another client has this name, or the same issuer and subject',
  },
  client_unknown: { status: 404, message: 'Client not found' },
  client_secret_unknown: { status: 404, message: 'This client has no replaced secret' },
  resource_unknown: { status: 404, message: 'Resource not found' },
} as const satisfies Readonly<Record<string, CallerFailure>>
