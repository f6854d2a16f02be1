import type { CallerFailure } from './failures-of.ts'

const again = 'Sign in again.'
const newToken =
  'Trade the refresh token for a new access token with POST /refresh, or sign in again.'
const body =
  'Send one JSON object in UTF-8, with the members that the description of the route lists and no others.'

/** What to do about a code, where its status does not say enough. */
const byCode: Readonly<Record<string, string>> = {
  token_missing: 'Send the access token as `Authorization: Bearer <token>`. POST /login gives one.',
  token_expired: newToken,
  token_invalid: `Check that the whole token was sent, and that it was made by this server. ${newToken}`,
  token_revoked: again,
  authorization_malformed: 'Send one Authorization header: the word Bearer, one blank, the token.',
  request_cross_site:
    'Call from a page of this server, or from an origin that its operator lists in `cors.origins`; programs send the token in the Authorization header instead of a cookie.',
  role_missing: 'Ask an administrator for the role. New tokens have it after the next refresh.',
  authentication_too_old: 'Sign in again, with the password: a refresh does not count.',
  credentials_wrong:
    'Check the user name and the password. Which of them is wrong is told to nobody.',
  login_delayed:
    'Wait as many seconds as the header Retry-After says; each wrong password makes the next wait longer.',
  refresh_token_missing:
    'Send `refresh_token` in the body, or the cookie that a sign-in with `cookies` gave.',
  refresh_token_unknown: again,
  refresh_token_expired: again,
  refresh_token_reused:
    'Sign in again. Somebody else may have had the token: look at the list of sessions and at who had access to the device. A client keeps the newest refresh token and no other.',
  session_ended: again,
  current_password_wrong: 'Send the password that is in force now.',
  cookies_cross_site:
    'Ask from a page of this server: with the headers Origin or Sec-Fetch-Site that a browser sends.',
  cookie_ambiguous: 'Delete the cookies of this site, and sign in again.',
  body_type_wrong: 'Send the header `Content-Type: application/json`.',
  body_malformed: body,
  body_not_object: body,
  body_ambiguous: body,
  body_invalid: `${body} What is wrong with which member stands in \`message\`.`,
  query_invalid: 'Look up which parameters the route takes, and send each once.',
  invitation_missing: 'Ask an administrator for an invitation, and send it as `invitation`.',
  audit_log_check_running: 'Ask again when the check that is running is done.',
  registration_closed: 'Ask the operator of this server for an account.',
  not_oneself: 'Let another administrator do it.',
  https_required: 'Use the https address of this server.',
}

/** What a caller can do about a problem. */
export function adviceOf(code: string, { status }: CallerFailure): string {
  const own = byCode[code]
  if (own !== undefined) return own
  switch (status) {
    case 401:
      return again
    case 403:
      return 'Ask whoever runs this server whether you should be allowed to do this.'
    case 404:
      return 'Check the address, and the ids in it.'
    case 405:
      return 'The header Allow of the answer names the methods that the address takes.'
    case 409:
      return 'Look at the present state, and choose differently.'
    case 429:
      return 'Wait as many seconds as the header Retry-After says.'
    case 503:
      return 'Try again after the seconds that the header Retry-After says. If it goes on, tell the operator.'
    case 500:
      return 'Tell the operator the id of the request, which stands in `instance`; the log has the cause under it.'
    default:
      return 'Change the request; sent again as it is, it is refused again.'
  }
}
