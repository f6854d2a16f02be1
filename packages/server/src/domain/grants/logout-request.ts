import { fail } from '../../failures.ts'
import { judgeRedirectUri } from '../clients/application.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Client } from '../clients/client.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTables } from '../sessions/sessions.ts'
import { readIdTokenHint, type IdTokenHintDeps } from './id-token-hint.ts'

/** The dependencies of {@link findLogoutRequest}. */
export interface LogoutRequestDeps extends IdTokenHintDeps {
  readonly store: ClientTables & SessionTables
}

/** A request of an application to sign its user out (OpenID Connect RP-Initiated Logout, section 2). */
export interface LogoutRequest {
  /** The application; undefined if the request names none. */
  readonly client: Client | undefined
  /** The address to which the browser goes afterwards, with `state`; undefined if it stays here. */
  readonly returnTo: string | undefined
  /** The grant of the ID token; undefined without one that is valid. */
  readonly grant: Session | undefined
}

/** The parameters of a request to sign out. */
export const logoutParameters = [
  'id_token_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
] as const

const maxLength = 1_024 // characters of a parameter, as at the token endpoint
const maxHintLength = 8_192 // characters; an ID token that ML-DSA has signed has about 5,000

/**
 * Reads a request to sign out. An ID token that cannot be verified counts as none: the user is asked, as without one. An expired one is accepted
 * (section 4). Fails with `logout_request_invalid` if the application is unknown, or the URI is not one of its own: the browser is then redirected
 * nowhere, and no session ends.
 */
export async function findLogoutRequest(
  deps: LogoutRequestDeps,
  parameters: URLSearchParams,
): Promise<LogoutRequest> {
  const [hint, clientId, uri, state] = logoutParameters.map((name) => single(parameters, name))
  const proven = hint === undefined ? undefined : readIdTokenHint(deps, hint)
  if (clientId !== undefined && proven && proven.clientId !== clientId)
    throw invalid('id_token_hint is of another application than client_id')
  const id = clientId ?? proven?.clientId
  const client = id === undefined ? undefined : await deps.store.clients.find(id)
  if (id !== undefined && !client?.application)
    throw invalid('client_id is not that of an application')
  const returnTo = uri === undefined ? undefined : judgeReturn(client, uri, state)
  const grant = proven && (await deps.store.sessions.find(proven.grantId))
  return { client, returnTo, grant: grant?.grant?.clientId === id ? grant : undefined }
}

function invalid(detail: string, facts: Readonly<Record<string, string>> = {}) {
  return fail('logout_request_invalid', { detail, facts })
}

function single(parameters: URLSearchParams, name: string): string | undefined {
  const [value = '', ...others] = parameters.getAll(name)
  if (others.length > 0) throw invalid(`${name} is repeated`)
  if (value === '') return undefined
  const isShort = value.length <= (name === 'id_token_hint' ? maxHintLength : maxLength)
  if (isShort && /^[\x20-\x7E]+$/.test(value)) return value
  throw invalid(`${name} is too long, or not printable ASCII`)
}

function judgeReturn(client: Client | undefined, uri: string, state: string | undefined): string {
  if (!client?.application)
    throw invalid('post_logout_redirect_uri needs client_id or a valid id_token_hint')
  const { postLogoutRedirectUris: redirectUris } = client.application
  if (!judgeRedirectUri(uri, { redirectUris }))
    throw invalid('post_logout_redirect_uri is not one of the application', { client: client.id })
  if (state === undefined) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
}

/**
 * Returns whether a grant was made in a sign-in: then its application may sign the user out without a question (section 2). A grant that outlives
 * its sign-in does not name it; there the user and the time at which they authenticated decide. Pure.
 */
export function isOfSignIn(
  { userId, grant, authenticatedAt }: Session,
  signIn: Pick<Session, 'id' | 'userId' | 'authenticatedAt'>,
): boolean {
  if (userId !== signIn.userId) return false
  return grant?.parentId == null
    ? authenticatedAt === signIn.authenticatedAt
    : grant.parentId === signIn.id
}
