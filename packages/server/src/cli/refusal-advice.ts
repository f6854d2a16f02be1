import { callerFailures, type CallerFailure } from '../failures/caller-failures.ts'

/** Returns what to do about a refusal of an OAuth endpoint, by its code or by the `error` that the client got; undefined for every other refusal. */
export function adviceFor(code: string): string | undefined {
  const entry = (callerFailures as Readonly<Record<string, CallerFailure | undefined>>)[code]
  return advice.get(code) ?? advice.get(entry?.oauth ?? '')
}

const asApplication =
  'compare with `countersign client list`; `countersign client set-application` changes the application'

const advice: ReadonlyMap<string, string> = new Map([
  // Our own codes, where the same `error` has several causes.
  [
    'authorization_request_invalid',
    `the browser was redirected nowhere: correct client_id or redirect_uri in the application, or ${asApplication}`,
  ],
  [
    'logout_request_invalid',
    `no session has ended: correct the link to sign out in the application, or ${asApplication}`,
  ],
  [
    'user_code_wrong',
    'start the sign-in again on the device, and type the code that it shows within ten minutes',
  ],
  [
    'form_cross_site',
    'nothing was changed: a page of another site sent this form, and only the user may, on the page of this server',
  ],
  // The guard's, which `/oauth/userinfo` answers with.
  ['token_missing', 'send an access token: Authorization: Bearer …'],
  ['token_revoked', 'the grant has ended: let the user sign in to the application again'],
  ['token_expired', 'refresh the access token, and send the request again'],
  ['scope_missing', 'request the scope that the route needs, and let the user agree to it'],
  // Errors of OAuth.
  [
    'invalid_request',
    'correct the request in the application; the metadata of this server list what it supports',
  ],
  ['request_not_supported', 'send the parameters one by one, or push them to /oauth/par'],
  ['request_uri_not_supported', 'push the parameters to /oauth/par, and send its request_uri'],
  ['registration_not_supported', 'add the application with `countersign client add`'],
  [
    'invalid_client',
    'check client_id, secret or key of the application; `countersign client secret rotate` makes another secret',
  ],
  [
    'invalid_grant',
    'let the user sign in to the application again; if each attempt fails, `problem` is the check to correct',
  ],
  ['unauthorized_client', `give the client this grant: ${asApplication}`],
  ['unsupported_grant_type', 'use a grant type of the metadata of this server'],
  ['unsupported_response_type', 'send response_type=code'],
  ['invalid_scope', `request fewer scopes, or give the application more: ${asApplication}`],
  ['invalid_target', `name a resource of the application: ${asApplication}`],
  ['invalid_dpop_proof', 'make another proof for each request; `check` is what was wrong with it'],
  ['use_dpop_nonce', 'nothing, if the client repeats the request with the nonce'],
  ['access_denied', 'nothing: the user has refused'],
  ['login_required', 'send the user to the page without prompt=none, to sign in'],
  ['consent_required', 'send the user to the page without prompt=none, to agree'],
  ['authorization_pending', 'nothing: the program asks again after the interval'],
  ['slow_down', 'ask less often: the interval is longer now'],
  ['expired_token', 'start the sign-in again on the device'],
])
