import { failures } from '@countersign/token/internal'

/** A way to say no: the HTTP status where it can meet a caller, and its sentence. */
interface ServerFailure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 421 | 429 | 500 | 501 | 503
  readonly message: string
  /** The WWW-Authenticate of a 401, which must name a scheme (RFC 9110, section 11.6.1). */
  readonly challenge?: string
}

/** LIST 1: every way this server says no. A guard's refusals stand in its own catalogue. */
export const serverFailures = {
  // Sign-in. Unknown user, wrong password and disabled user are one code, on purpose.
  credentials_wrong: { status: 401, message: 'Invalid credentials', challenge: 'Bearer' },
  login_delayed: {
    status: 429,
    message: 'Too many wrong passwords were tried; wait before the next one',
  },
  user_gone: {
    status: 401,
    message: 'The user of this token no longer exists or is disabled',
    challenge: 'Bearer error="invalid_token"',
  },
  username_unacceptable: { status: 400, message: 'The user name cannot be used' },
  username_taken: { status: 409, message: 'The user name is taken' },
  email_unacceptable: { status: 400, message: 'The e-mail address cannot be used' },
  email_taken: { status: 409, message: 'The e-mail address belongs to another user' },
  role_unacceptable: { status: 400, message: 'A role cannot be used' },
  not_oneself: {
    status: 409,
    message: 'Administrators do not lock out, delete or demote themselves; another one can',
  },
  last_administrator: {
    status: 409,
    message: 'Nobody else is an administrator; give another user the role admin first',
  },
  user_unknown: { status: 404, message: 'There is no such user' },
  audit_log_check_running: {
    status: 409,
    message: 'The audit log is being checked already, by other checkpoints; ask when that is done',
  },
  invitation_missing: {
    status: 403,
    message: 'Whoever registers here needs an invitation; none was sent',
  },
  invitation_unusable: {
    status: 403,
    message: 'The invitation lets nobody in, or nobody any more; ask for another one',
  },
  invitation_unknown: { status: 404, message: 'There is no such invitation' },
  registration_closed: { status: 403, message: 'Users of this server are made by its operator' },

  // Passwords. Each says what a better one has; none says more of the one that was sent.
  password_too_short: { status: 400, message: 'The password is too short; take a longer one' },
  password_too_long: { status: 400, message: 'The password is too long; take a shorter one' },
  password_common: {
    status: 400,
    message:
      'The password is one of those that are guessed first; take several words that do not belong together',
  },
  password_personal: {
    status: 400,
    message:
      'The password is made of the user name, the e-mail address or the name of this service; take words that have nothing to do with them',
  },
  current_password_wrong: { status: 403, message: 'The current password is wrong' },

  // Sessions. After each of these but the last two a client has to sign in again.
  refresh_token_missing: {
    status: 401,
    message: 'There is no refresh token: send it in the body, or in its cookie',
    challenge: 'Bearer',
  },
  refresh_token_unknown: {
    status: 401,
    message: 'There is no such refresh token',
    challenge: 'Bearer',
  },
  refresh_token_expired: {
    status: 401,
    message: 'The session has expired; sign in again',
    challenge: 'Bearer',
  },
  refresh_token_reused: {
    status: 401,
    message: 'The refresh token was used before, so its session has been ended; sign in again',
    challenge: 'Bearer',
  },
  session_ended: {
    status: 401,
    message: 'The session has been ended; sign in again',
    challenge: 'Bearer',
  },
  refresh_too_often: { status: 429, message: 'This session is refreshed too often; wait a moment' },
  status_list_unknown: { status: 404, message: 'There is no such status list' },
  status_list_time: {
    status: 501,
    message: 'Status lists of the past are not kept; ask without `time`',
  },
  feed_full: {
    status: 503,
    message: 'Too many follow the feeds of this server; ask for the list, and try again later',
  },
  session_unknown: { status: 404, message: 'There is no such session' },
  nothing_to_end: {
    status: 400,
    message: 'Send an access token or a refresh token; without one there is no session to end',
  },
  claims_reserved: {
    status: 500,
    message: 'A custom claim has the name of one that this server writes itself',
  },

  // Cookies.
  cookies_cross_site: {
    status: 403,
    message: 'Cookies are given to and taken from the pages of this very site alone',
  },
  cookie_ambiguous: { status: 400, message: 'A cookie of this server was sent twice' },
  cookie_too_large: {
    status: 500,
    message: 'The access token is larger than a browser keeps in a cookie',
  },

  // What a request looks like, before anybody reads what it says.
  target_malformed: { status: 400, message: 'The address is not well-formed' },
  host_unknown: {
    status: 421,
    message:
      'In development this server answers for this machine alone, and for the host of issuer.url',
  },
  https_required: { status: 403, message: 'This address is for https alone' },
  route_unknown: { status: 404, message: 'There is nothing at this address' },
  method_not_allowed: { status: 405, message: 'This address does not take this method' },
  body_type_wrong: {
    status: 415,
    message: 'The body must be sent as Content-Type application/json',
  },
  body_too_large: { status: 413, message: 'The body is larger than this server reads' },
  body_cut_off: { status: 400, message: 'The body ended before it was whole' },
  body_not_utf8: { status: 400, message: 'The body is not UTF-8' },
  body_malformed: { status: 400, message: 'The body is not JSON' },
  body_not_object: { status: 400, message: 'The body must be a JSON object' },
  body_ambiguous: {
    status: 400,
    message: 'The body names a member twice, or nests too deeply',
  },
  body_invalid: { status: 400, message: 'The body does not have the members that are wanted' },
  form_cross_site: {
    status: 403,
    message: 'The form did not come from a page of this very site, as far as the browser tells',
  },
  form_unreadable: { status: 400, message: 'What was sent is no form of these pages' },
  form_incomplete: { status: 400, message: 'This is missing, or longer than it can be' },
  administrators_only: { status: 403, message: 'This is for administrators' },
  query_invalid: {
    status: 400,
    message: 'What follows the ? of the address is not what is wanted there',
  },
  limit_exceeded: { status: 429, message: 'Too many requests; wait before the next one' },
  busy: { status: 503, message: 'Too many sign-ins are waiting; try again in a moment' },
  internal: {
    status: 500,
    message: 'Something went wrong here; quote the request id when you ask',
  },

  // Starting up: met by an operator, never by a caller.
  setting_unknown: { status: 500, message: 'There is no such setting' },
  setting_invalid: { status: 500, message: 'A setting cannot be used' },
  setting_missing: { status: 500, message: 'A setting is missing' },
  secret_sample: { status: 500, message: 'A secret is a sample that everybody knows' },
  default_password: { status: 500, message: 'A user still has the default password' },
  in_production: {
    status: 500,
    message: 'A server serves from this database, and development leaves it alone',
  },
  plain_http: { status: 500, message: 'Passwords would cross the network in the clear' },
  certificate_unusable: { status: 500, message: 'The certificate cannot be used' },
  port_taken: { status: 500, message: 'The port is taken' },
  signing_key_unknown: { status: 404, message: 'There is no such signing key' },
  signing_key_active: { status: 409, message: 'This is the signing key that signs now' },
  pepper_missing: {
    status: 500,
    message:
      'A password was hashed with a pepper that is in neither passwords.pepper nor passwords.previous_peppers',
  },
  confirmation_missing: { status: 500, message: 'Nothing was done, for nobody has confirmed it' },
  interrupted: { status: 500, message: 'Nothing was done, for it was interrupted' },
  key_unsealable: { status: 500, message: 'A signing key cannot be opened' },
  key_not_lost: {
    status: 500,
    message: 'Nothing was done, for the key-encryption key that is given opens what is sealed',
  },
  argument_invalid: { status: 500, message: 'The command cannot do that' },
  request_unknown: { status: 500, message: 'The log has nothing of this request' },
  audit_log_broken: { status: 500, message: 'The audit log does not fit' },
  migrations_pending: {
    status: 500,
    message:
      'The tables of the database are not up to date, and database.migrations says to leave them',
  },
  database_missing: { status: 500, message: 'There is no database of Countersign' },
  backup_failed: { status: 500, message: 'The backup could not be made' },
  backup_elsewhere: {
    status: 500,
    message:
      'Nothing was backed up, for PostgreSQL has a program of its own for that: run the command that was printed',
  },
  database_unreachable: { status: 503, message: 'The database does not answer' },
  database_unusable: { status: 503, message: 'The database cannot be used' },
} as const satisfies Readonly<Record<string, ServerFailure>>

/** A code of the server. */
export type ServerFailureCode = keyof typeof serverFailures

/** Makes a failure of this server: `throw fail('username_taken')`. */
export const fail = failures(serverFailures)
