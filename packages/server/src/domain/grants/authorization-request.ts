import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { identityScopes, judgeRedirectUri } from '../clients/application.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { Client } from '../clients/client.ts'
import { rolesScope } from '../clients/resource.ts'
import type { TokenTarget } from '../clients/target.ts'
import { isChallenge } from './pkce.ts'

// Grants: what users give to applications. An application asks here for a code, exchanges it for tokens, and refreshes those; all of it on the
// sessions, status lists and keys of this server (OAuth 2.1, OpenID Connect Core).

/** A request of an application (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1), after every check that needs no user. */
export interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string | undefined
  readonly scopes: readonly string[]
  /** The audience of the access tokens. */
  readonly resource: string
  /** The challenge of PKCE; null for a client that need not use it. */
  readonly challenge: string | null
  readonly nonce: string | undefined
  /** The thumbprint of the key that the code is bound to (RFC 9449, section 10). */
  readonly jkt: string | undefined
  readonly prompts: readonly Prompt[]
  /** The maximum age of the sign-in. */
  readonly maxAge: Seconds | undefined
  /** The authentication context classes that it asks for (RFC 9470, section 4). */
  readonly acrValues: readonly string[]
  /** An ID token of the user whom it is about (OpenID Connect Core, section 3.1.2.1), not verified. */
  readonly idTokenHint?: string
  /** The hash of the reference of a pushed request, which makes one code, and when it was pushed. */
  readonly pushed?: { readonly hash: string; readonly at: Seconds }
}

/** The values of `prompt` that are known. */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const

/** The interaction with the user that the application asks for (OpenID Connect Core, section 3.1.2.1). */
export type Prompt = (typeof prompts)[number]

/** A refusal that the browser carries to the application (RFC 6749, section 4.1.2.1). */
export interface RefusedRequest {
  readonly error: string
  /** The fault of the request, for the developer of the application. */
  readonly description: string
}

const maxLength = 1_024 // characters of a parameter, as at the token endpoint

/**
 * Reads who asks and where the answer goes. Everything before this is shown to the user and goes nowhere else (RFC 9700, section 4.11): fails with
 * `authorization_request_invalid`. Pure, but for `findClient`.
 */
export async function readRecipient(
  parameters: URLSearchParams,
  findClient: (id: string) => Promise<Client | string | undefined>,
): Promise<Pick<AuthorizationRequest, 'client' | 'redirectUri'>> {
  const unanswerable = (detail: string, facts: Readonly<Record<string, string>> = {}) =>
    fail('authorization_request_invalid', { detail, facts })
  const single = (name: string) => {
    const [value = '', ...others] = parameters.getAll(name)
    if (others.length > 0) throw unanswerable(`${name} is repeated`)
    return value
  }
  const id = single('client_id')
  if (id === '') throw unanswerable('client_id is missing')
  const client = isText(id) ? await findClient(id) : undefined
  if (typeof client === 'string')
    throw unanswerable('client_id names no metadata document that can be used', {
      client: id,
      problem: client,
    })
  if (!client) throw unanswerable('client_id is not that of an application')
  if (!client.application)
    throw unanswerable('this client is not an application', { client: client.id })
  const given = single('redirect_uri')
  const [registered = '', ...more] = client.application.redirectUris
  if (given === '' && more.length > 0)
    throw unanswerable('redirect_uri is missing', { client: client.id })
  const redirectUri = given === '' ? registered : given
  if (judgeRedirectUri(redirectUri, client.application)) return { client, redirectUri }
  throw unanswerable('redirect_uri is not one of the application', {
    client: client.id,
    problem: differenceOf(redirectUri, client.application.redirectUris),
  })
}

/** Names the first character in which a redirect URI differs from the most similar one of the application, for the operator. */
function differenceOf(given: string, registered: readonly string[]): string {
  const common = (one: string) => {
    let at = 0
    while (at < one.length && one[at] === given[at]) at++
    return at
  }
  const [closest = ''] = registered.toSorted((a, b) => common(b) - common(a))
  return `differs from ${closest} at character ${common(closest) + 1}`
}

/**
 * Judges the rest of a request: response type, PKCE, scopes, resource and prompts. `targetOf` finds the resource that it names. Every request needs
 * PKCE with S256 (RFC 9700, section 2.1.1). Pure, but for `targetOf`.
 */
export async function judgeAuthorizationRequest(
  parameters: URLSearchParams,
  { client, redirectUri }: Pick<AuthorizationRequest, 'client' | 'redirectUri'>,
  targetOf: (audience: string | undefined) => Promise<TokenTarget | undefined>,
): Promise<AuthorizationRequest | RefusedRequest> {
  const malformed = judgeForm(parameters)
  if (malformed) return malformed
  const value = (name: string) => parameters.get(name) || undefined
  if (!client.grants.includes('authorization_code'))
    return refuse('unauthorized_client', 'the client does not have the grant authorization_code')
  const unproven = judgeProof(parameters, client)
  if (unproven) return unproven
  const words = (name: string) => (value(name) ?? '').split(' ').filter((one) => one !== '')
  const asked = words('prompt')
  const known = prompts.filter((one) => asked.includes(one))
  if (known.includes('none') && asked.length > 1)
    return refuse('invalid_request', 'prompt has none and another value')
  const [age, hint] = [value('max_age'), value('id_token_hint')]
  const target = await targetOf(value('resource'))
  if (!target)
    return refuse('invalid_target', 'the resource is unknown, or not one of the application')
  const may = mayHave(client, target)
  const wanted = value('scope')
    ?.split(' ')
    .filter((one) => one !== '')
  const scopes = [...new Set(wanted ?? usualScopes(client, may))]
  if (!scopes.every((one) => may.includes(one)))
    return refuse('invalid_scope', 'a scope is unknown, or not one of the application')
  if (scopes.length === 0) return refuse('invalid_scope', 'there is no scope that it may have')
  return {
    client,
    redirectUri,
    state: value('state'),
    scopes,
    resource: target.audience,
    challenge: value('code_challenge') ?? null,
    nonce: value('nonce'),
    jkt: value('dpop_jkt'),
    prompts: known,
    maxAge: age === undefined ? undefined : Number(age),
    acrValues: words('acr_values'),
    ...(hint !== undefined && { idTokenHint: hint }),
  }
}

/** Judges how the code will be bound to the program that asks: by PKCE with S256, or, for a client that need not use it, by a nonce. */
function judgeProof(
  parameters: URLSearchParams,
  { application }: Pick<Client, 'application'>,
): RefusedRequest | undefined {
  const challenge = parameters.get('code_challenge') || undefined
  if (challenge === undefined && application?.requiresPkce === false) {
    const isBound =
      parameters.get('nonce') && parameters.get('scope')?.split(' ').includes('openid')
    if (isBound && !parameters.get('code_challenge_method')) return undefined
    return refuse(
      'invalid_request',
      'without code_challenge, nonce and the scope openid are needed',
    )
  }
  if (challenge === undefined || !isChallenge(challenge))
    return refuse('invalid_request', 'code_challenge is missing, or not 43 characters of base64url')
  return parameters.get('code_challenge_method') === 'S256'
    ? undefined
    : refuse('invalid_request', 'code_challenge_method must be S256')
}

/** Returns the scopes that an application may have at a resource: those that are known there, of its own; one with a metadata document may have all of an open one. Pure. */
export function mayHave(
  { id, scopes, application }: Pick<Client, 'id' | 'scopes' | 'application'>,
  target: Pick<TokenTarget, 'scopes'>,
): readonly string[] {
  const everywhere: readonly string[] = application ? [...identityScopes, rolesScope] : []
  const isKnown = (one: string) => target.scopes.has(one) && !one.startsWith('admin:')
  if (isDocumentClient({ id })) return [...identityScopes, ...[...target.scopes].filter(isKnown)]
  return scopes.filter((one) => everywhere.includes(one) || isKnown(one))
}

/** Returns what a request without `scope` asks for: all that the application may have, or for one that is not registered all of the resource. */
function usualScopes(client: Client, may: readonly string[]): readonly string[] {
  const identity: readonly string[] = identityScopes
  return isDocumentClient(client) ? may.filter((one) => !identity.includes(one)) : may
}

/** The parameters of extensions that are refused rather than ignored: they would change what the request means. */
const unsupported: ReadonlyMap<string, string> = new Map([
  ['request', 'request_not_supported'],
  ['request_uri', 'request_uri_not_supported'],
  ['registration', 'registration_not_supported'],
])

function judgeForm(parameters: URLSearchParams): RefusedRequest | undefined {
  for (const name of new Set(parameters.keys())) {
    const [value = '', ...others] = parameters.getAll(name)
    if (others.length > 0) return refuse('invalid_request', 'a parameter is repeated')
    if (value !== '' && unsupported.has(name))
      return refuse(unsupported.get(name) ?? '', `${name} is not supported`)
    if (!isText(value) && value !== '')
      return refuse('invalid_request', 'a parameter is too long, or not printable ASCII')
  }
  const type = parameters.get('response_type') ?? ''
  if (type === '') return refuse('invalid_request', 'response_type is missing')
  if (type !== 'code') return refuse('unsupported_response_type', 'response_type must be code')
  if ((parameters.get('response_mode') || 'query') !== 'query')
    return refuse('invalid_request', 'response_mode must be query')
  if (!/^\d{0,9}$/.test(parameters.get('max_age') ?? ''))
    return refuse('invalid_request', 'max_age is not a number of seconds')
  if (!/^([\w-]{43})?$/.test(parameters.get('dpop_jkt') ?? ''))
    return refuse('invalid_request', 'dpop_jkt is not a thumbprint of 43 characters')
  return undefined
}

function isText(text: string): boolean {
  return text.length <= maxLength && /^[\x20-\x7E]+$/.test(text)
}

function refuse(error: string, description: string): RefusedRequest {
  return { error, description }
}

/**
 * Returns the URI that carries an answer to the application, with `state` and the issuer (RFC 6749, section 4.1.2; RFC 9207): by the issuer, an
 * application that uses several servers tells which one has answered. Pure.
 */
export function answerUri(
  redirectUri: string,
  answer: Readonly<Record<string, string>>,
  { state, issuer }: { readonly state: string | undefined; readonly issuer: string },
): string {
  const query = new URLSearchParams({
    ...answer,
    ...(state !== undefined && { state }),
    iss: issuer,
  })
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}
