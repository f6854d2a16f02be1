import type { CallerFailure } from './caller-failures.ts'

/** The failures of OAuth endpoints, API tokens, service accounts and resources: a part of the catalogue of callers. */
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

  authorization_request_invalid: {
    status: 400,
    message: 'The application sent a request that cannot be answered',
    oauth: 'invalid_request',
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
