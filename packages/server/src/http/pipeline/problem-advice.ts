import type { CallerFailure, CallerFailureCode } from './route-failures.ts'

const signInAgain = 'Sign in again.'
const newToken =
  'Exchange the refresh token for a new access token with POST /refresh, or sign in again.'
const body =
  'Send one JSON object in UTF-8 with the members that the API reference lists for the route, and no others.'

/** The advice for codes whose status does not say enough. */
const byCode = {
  token_missing:
    'Send the access token as `Authorization: Bearer <token>`. POST /login returns one. The status is 403 at `GET /protected` of a development server, as in the tutorial, and 401 everywhere else.',
  token_expired: newToken,
  token_invalid:
    'Check that the whole token was sent, and that this server issued it. If it was, exchange the refresh token for a new access token with POST /refresh, or sign in again.',
  token_revoked: signInAgain,
  authorization_malformed: 'Send one Authorization header: the word Bearer, one space, the token.',
  request_cross_site:
    'Call from a page of this server, or from an origin that the operator lists in `cors.origins`. Programs send the token in the Authorization header instead of a cookie.',
  role_missing: 'Ask an administrator for the role. Tokens have it after the next refresh.',
  authentication_too_old: 'Sign in again with the password: a refresh does not count.',
  credentials_wrong:
    'Check the user name and the password. The response never says which of them is wrong.',
  login_delayed:
    'Wait for the seconds in the Retry-After header. Each wrong password makes the next wait longer.',
  refresh_token_missing:
    'Send `refresh_token` in the body, or the cookie that a sign-in with `cookies` set.',
  refresh_token_unknown: signInAgain,
  refresh_token_expired: signInAgain,
  refresh_token_reused:
    'Sign in again. The token may have been stolen: check the list of sessions and who had access to the device. A client must keep the newest refresh token and no other.',
  session_ended: signInAgain,
  current_password_wrong: 'Send the current password.',
  cookies_cross_site:
    'Send the request from a page of this server, with the header Origin or Sec-Fetch-Site that a browser sends.',
  cookie_ambiguous: 'Delete the cookies of this site, and sign in again.',
  body_type_wrong: 'Send the header `Content-Type: application/json`.',
  body_malformed: body,
  body_not_object: body,
  body_ambiguous: body,
  body_invalid:
    'Send the members that the API reference lists for the route, and no others: `message` names the member and what is wrong with it.',
  query_invalid: 'Check which query parameters the route takes, and send each at most once.',
  invitation_missing: 'Ask an administrator for an invitation, and send it as `invitation`.',
  audit_log_check_running: 'Try again when the running check is done.',
  registration_closed: 'Ask the operator of this server for an account.',
  not_oneself: 'Ask another administrator to do it.',
  https_required: 'Use the https address of this server.',
} as const satisfies { readonly [code in CallerFailureCode]?: string }

/** Returns what a caller can do about a problem. Its type lists every text, so that the pages have a translation of each. */
export function adviceOf(code: string, { status }: CallerFailure) {
  if (Object.hasOwn(byCode, code)) return byCode[code as keyof typeof byCode] // the check has shown it
  switch (status) {
    case 401:
      return signInAgain
    case 403:
      return 'Ask the operator of this server for access.'
    case 404:
      return 'Check the URL and the ids in it.'
    case 405:
      return 'Use one of the methods in the Allow header of the response.'
    case 409:
      return 'Read the current state, and change the request.'
    case 429:
      return 'Wait for the seconds in the Retry-After header.'
    case 503:
      return 'Try again after the seconds in the Retry-After header. If it keeps failing, report it to the operator.'
    case 500:
      return 'Report the request id in `instance` to the operator; the log has the cause under that id.'
    default:
      return 'Change the request; the same request will fail again.'
  }
}
