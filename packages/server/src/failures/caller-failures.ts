import { factorFailures } from './factor-failures.ts'
import { federationFailures } from './federation-failures.ts'
import { machineFailures } from './machine-failures.ts'

/** A failure that a caller can meet: its HTTP status and its sentence. */
export interface CallerFailure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 421 | 429 | 500 | 501 | 503
  readonly message: string
  /** The WWW-Authenticate of a 401, which must name a scheme (RFC 9110, section 11.6.1). */
  readonly challenge?: string
  /** The `error` of an OAuth endpoint (RFC 6749, section 5.2); without one it depends on the status. */
  readonly oauth?: string
}

/** Every failure that this server answers with, by its code. A guard's refusals have their own catalogue. */
export const callerFailures = {
  // Sign-in. Unknown user, wrong password and disabled user are one code, on purpose.
  credentials_wrong: { status: 401, message: 'Invalid credentials', challenge: 'Bearer' },
  login_delayed: {
    status: 429,
    message: 'Too many wrong passwords or codes; wait before the next attempt',
  },
  user_gone: {
    status: 401,
    message: 'The user of this token no longer exists or is disabled',
    challenge: 'Bearer error="invalid_token"',
  },
  username_unacceptable: { status: 400, message: 'Invalid user name' },
  username_taken: { status: 409, message: 'The user name is already taken' },
  email_unacceptable: { status: 400, message: 'Invalid e-mail address' },
  email_taken: { status: 409, message: 'The e-mail address belongs to another user' },
  role_unacceptable: { status: 400, message: 'Invalid role' },
  not_oneself: {
    status: 409,
    message:
      'Administrators cannot disable, delete or demote themselves; ask another administrator',
  },
  last_administrator: {
    status: 409,
    message: 'This is the last administrator; give another user the role admin first',
  },
  user_unknown: { status: 404, message: 'User not found' },
  audit_log_check_running: {
    status: 409,
    message:
      'The audit log is already being verified with other checkpoints; try again when that has finished',
  },
  invitation_missing: {
    status: 403,
    message: 'Registration needs an invitation; send one in `invitation`',
  },
  invitation_unusable: {
    status: 403,
    message: 'This invitation is invalid, expired or already used; ask for another one',
  },
  invitation_unknown: { status: 404, message: 'Invitation not found' },
  registration_closed: {
    status: 403,
    message: 'Registration is closed; ask an administrator for an account',
  },

  // Passwords. Each says what a better one has; none says more about the one that was sent.
  password_too_short: { status: 400, message: 'The password is too short; choose a longer one' },
  password_too_long: { status: 400, message: 'The password is too long; choose a shorter one' },
  password_common: {
    status: 400,
    message:
      'The password is among the most common ones; choose several words that do not belong together',
  },
  password_personal: {
    status: 400,
    message:
      'The password consists of the user name, the e-mail address or the name of this service; choose unrelated words',
  },
  code_wrong: {
    status: 403,
    message: 'The code or the link is wrong, expired or already used; ask for a new one',
  },
  code_sign_in_disabled: {
    status: 403,
    message: 'Signing in with a code from a mail is disabled; sign in with a password',
  },
  mail_unavailable: {
    status: 501,
    message: 'This server sends no mail; ask an administrator for a link to set a new password',
  },

  ...factorFailures,

  ...federationFailures,
  current_password_wrong: { status: 403, message: 'The current password is wrong' },

  // Sessions. After each of these but the last two a client has to sign in again.
  refresh_token_missing: {
    status: 401,
    message: 'The refresh token is missing: send it in the body or in its cookie',
    challenge: 'Bearer',
  },
  refresh_token_unknown: {
    status: 401,
    message: 'Invalid refresh token',
    challenge: 'Bearer',
  },
  refresh_token_expired: {
    status: 401,
    message: 'The session has expired; sign in again',
    challenge: 'Bearer',
  },
  refresh_token_reused: {
    status: 401,
    message: 'The refresh token was used before, so its session was ended; sign in again',
    challenge: 'Bearer',
  },
  session_ended: {
    status: 401,
    message: 'The session was ended; sign in again',
    challenge: 'Bearer',
  },
  refresh_too_often: {
    status: 429,
    message: 'This session is refreshed too often; wait before the next refresh',
  },
  status_list_unknown: { status: 404, message: 'Status list not found' },
  status_list_time: {
    status: 501,
    message: 'Past status lists are not stored; send the request without `time`',
  },
  feed_full: {
    status: 503,
    message: 'Too many connections to the feeds of this server; fetch the list, and retry later',
  },
  upstream_unreachable: {
    status: 503,
    message: 'This relay cannot reach the server that it follows; retry later',
  },
  session_unknown: { status: 404, message: 'Session not found' },
  nothing_to_end: {
    status: 400,
    message: 'Send an access token or a refresh token to say which session to end',
  },

  // Cookies.
  cookies_cross_site: {
    status: 403,
    message: 'Cookies can be used from pages of this site only',
  },
  cookie_ambiguous: { status: 400, message: 'The request has a cookie of this server twice' },

  // The form of a request.
  target_malformed: { status: 400, message: 'Malformed URL' },
  host_unknown: {
    status: 421,
    message:
      'Unknown host: in development this server answers only for this machine and for the host of issuer.url',
  },
  machine_unknown: {
    status: 403,
    message:
      'In development, with its well-known password, this server answers only for this machine; start the application with NODE_ENV=production, or declare the proxy in proxy.addresses',
  },
  https_required: { status: 403, message: 'HTTPS is required at this address' },
  transfer_coding_unknown: {
    status: 501,
    message: 'Unsupported Transfer-Encoding: send the body as it is, or chunked',
  },
  route_unknown: { status: 404, message: 'Not found' },
  method_not_allowed: { status: 405, message: 'Method not allowed' },
  body_type_wrong: {
    status: 415,
    message: 'Unsupported Content-Type: send the body as application/json',
  },
  body_too_large: { status: 413, message: 'The request body is too large' },
  body_cut_off: { status: 400, message: 'The request body is incomplete' },
  body_not_utf8: { status: 400, message: 'The request body is not UTF-8' },
  body_malformed: { status: 400, message: 'The request body is not JSON' },
  body_not_object: { status: 400, message: 'The request body must be a JSON object' },
  body_ambiguous: {
    status: 400,
    message: 'The request body has a duplicate member or is nested too deeply',
  },
  body_invalid: { status: 400, message: 'Invalid request body' },
  form_cross_site: {
    status: 403,
    message: 'The form was not sent from a page of this site, according to the browser',
  },
  form_unreadable: { status: 400, message: 'The form could not be read; open the page again' },
  form_incomplete: { status: 400, message: 'This field is missing or too long' },
  administrators_only: { status: 403, message: 'Only administrators can do this' },
  query_invalid: { status: 400, message: 'Invalid query parameters' },
  limit_exceeded: { status: 429, message: 'Too many requests; wait before the next one' },
  busy: { status: 503, message: 'Too many sign-ins are waiting; try again in a moment' },
  internal: {
    status: 500,
    message: 'Internal error; quote the request id when you report it',
  },

  ...machineFailures,

  // Signing keys, for administrators.
  signing_key_unknown: { status: 404, message: 'Signing key not found' },
  signing_key_active: { status: 409, message: 'This is the active signing key; rotate it instead' },

  // The application around this server.
  sign_in_refused: { status: 403, message: 'The application has refused this sign-in' },
  hook_failed: {
    status: 503,
    message:
      'The application did not accept this sign-in, or did not answer; try again in a moment',
  },

  // The database. Operators meet these at start, too.
  database_unreachable: { status: 503, message: 'The database does not answer' },
  database_unusable: { status: 503, message: 'The database cannot be used' },
  database_moving: {
    status: 503,
    message: 'The database is being moved to another one, and cannot be changed now; retry later',
  },
} as const satisfies Readonly<Record<string, CallerFailure>>

/** A code that a caller can meet. */
export type CallerFailureCode = keyof typeof callerFailures
