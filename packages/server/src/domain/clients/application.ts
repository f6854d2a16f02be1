import { isLoopback, publicAlgorithms, type PublicAlgorithm } from '@countersign/token/internal'
import { fail } from '../../failures.ts'

/** The settings of a client that users sign in with (RFC 6749, section 4.1). */
export interface Application {
  /** The URIs to which the browser returns with a code; compared as text, except for the port of a loopback address. Empty without the grant `authorization_code`. */
  readonly redirectUris: readonly string[]
  /** True for a program that cannot keep a secret: in a browser, on a phone or a desktop (RFC 6749, section 2.1). */
  readonly isPublic: boolean
  /** True if its users are not asked for their consent: for an application of the operator. */
  readonly skipsConsent: boolean
  /** False for a confidential client that cannot do PKCE: its requests then need a `nonce` (RFC 9700, section 2.1.1). */
  readonly requiresPkce: boolean
  /** The algorithm of its ID tokens; null for the first one of the settings. */
  readonly idTokenAlgorithm: PublicAlgorithm | null
  readonly dpop: DpopMode
  /** The URIs to which the browser may return after signing out (OpenID Connect RP-Initiated Logout, section 3). */
  readonly postLogoutRedirectUris: readonly string[]
  /** The URI that gets a logout token when a grant ends (OpenID Connect Back-Channel Logout, section 2.2); null for none. */
  readonly backchannelLogoutUri: string | null
}

/**
 * The rule on proofs of possession: an application proves that it has a key with each request for tokens (RFC 9449, section 5.2), which are then
 * bound to the key: if it likes, always, or always and with a nonce of this server.
 */
export type DpopMode = (typeof dpopModes)[number]

/** The values of {@link DpopMode}. */
export const dpopModes = ['optional', 'required', 'nonce'] as const

/** The description of a new application, before it is checked. */
export interface ApplicationText {
  readonly redirectUris: readonly string[]
  readonly isPublic?: boolean | undefined
  readonly skipsConsent?: boolean | undefined
  readonly requiresPkce?: boolean | undefined
  readonly idTokenAlgorithm?: string | null | undefined
  readonly dpop?: string | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly backchannelLogoutUri?: string | null | undefined
}

/** The scopes that ask for facts about the user (OpenID Connect Core, section 5.4), and for tokens that outlive the sign-in (section 11). */
export const identityScopes = ['openid', 'profile', 'email', 'offline_access'] as const

/** The maximum number of redirect URIs of an application, of each kind. */
export const maxUris = 16

/** The maximum length of a URI of an application, in characters. */
export const maxUriLength = 512

/** The description of a change of an application: everything but whether it is public, on which its secret depends. */
export interface ApplicationChange extends Omit<ApplicationText, 'isPublic' | 'redirectUris'> {
  readonly redirectUris?: readonly string[] | undefined
}

/** Checks what is said of an application. Fails with `client_unacceptable`. */
export function parseApplication(given: ApplicationText): Application {
  return {
    isPublic: given.isPublic ?? false,
    redirectUris: [],
    skipsConsent: false,
    requiresPkce: true,
    idTokenAlgorithm: null,
    dpop: 'optional',
    postLogoutRedirectUris: [],
    backchannelLogoutUri: null,
    ...parseApplicationChange(given),
  }
}

/** Checks what a change says of an application; what is left out is not in the result. Fails with `client_unacceptable`. */
export function parseApplicationChange(given: ApplicationChange): Partial<Application> {
  const { redirectUris, skipsConsent, requiresPkce, idTokenAlgorithm } = given
  const { postLogoutRedirectUris, backchannelLogoutUri } = given
  const algorithm = publicAlgorithms.find((one) => one === idTokenAlgorithm)
  if (typeof idTokenAlgorithm === 'string' && !algorithm)
    throw fail('client_unacceptable', { detail: 'the algorithm of its ID tokens is unknown' })
  const dpop = dpopModes.find((one) => one === given.dpop)
  if (given.dpop !== undefined && !dpop)
    throw fail('client_unacceptable', { detail: `dpop is ${dpopModes.join(', ')}` })
  return {
    ...(redirectUris && { redirectUris: parseUris(redirectUris, 'redirect URIs') }),
    ...(skipsConsent !== undefined && { skipsConsent }),
    ...(requiresPkce !== undefined && { requiresPkce }),
    ...(idTokenAlgorithm !== undefined && { idTokenAlgorithm: algorithm ?? null }),
    ...(dpop && { dpop }),
    ...(postLogoutRedirectUris && {
      postLogoutRedirectUris: parseUris(postLogoutRedirectUris, 'redirect URIs after signing out'),
    }),
    ...(backchannelLogoutUri !== undefined && {
      backchannelLogoutUri: backchannelLogoutUri && parseBackchannelLogoutUri(backchannelLogoutUri),
    }),
  }
}

function parseUris(uris: readonly string[], what: string): readonly string[] {
  if (uris.length > maxUris)
    throw fail('client_unacceptable', { detail: `it has at most ${maxUris} ${what}` })
  return [...new Set(uris.map(parseRedirectUri))]
}

/**
 * Checks a redirect URI: `https`, `http` to a loopback address, or a private scheme with a period (RFC 8252, section 7.1), written as browsers
 * write it, without user, fragment, dot segments and wildcards. Fails with `client_unacceptable`.
 */
export function parseRedirectUri(text: string): string {
  if (isRedirectUri(text)) return text
  throw fail('client_unacceptable', {
    detail:
      'a redirect URI is an absolute https URL, an http URL of a loopback address, or has a private scheme with a period; it has no user, fragment, dot segment or *',
  })
}

/** Checks the URI that gets logout tokens: `https`, or `http` to a loopback address. Fails with `client_unacceptable`. */
function parseBackchannelLogoutUri(text: string): string {
  if (/^https?:/.test(text) && isRedirectUri(text)) return text
  throw fail('client_unacceptable', {
    detail:
      'the back-channel logout URI is an absolute https URL, or an http URL of a loopback address, without user and fragment',
  })
}

function isRedirectUri(text: string): boolean {
  if (text.length > maxUriLength || !/^[\x21-\x7E]+$/.test(text)) return false
  if (/[#*\\"<>]/.test(text) || hasAnswerParameter(text)) return false
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || url.username !== '' || url.password !== '' || /^[^?]*@/.test(text)) return false
  const isWritten =
    url.href === text || (url.pathname === '/' && url.href.replace(/\/(?=\?|$)/, '') === text)
  const hasPlainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(url.hostname) // it is part of the policy of the consent page
  if (url.protocol === 'https:') return isWritten && hasPlainHost
  if (url.protocol === 'http:') return isWritten && isLoopback(url.hostname)
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol) && isWritten
}

/** Returns whether the query of a URI has a parameter of an answer, which would be there twice (RFC 6749, section 4.1.2). */
function hasAnswerParameter(text: string): boolean {
  const names = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']
  const query = new URLSearchParams(text.slice(text.indexOf('?') + 1))
  return text.includes('?') && names.some((name) => query.has(name))
}

/**
 * Judges a redirect URI of a request: it must be one of the application's, letter for letter (RFC 9700, section 2.1). Only the port of a loopback
 * address may differ, because a program takes a free one (RFC 8252, section 7.3). Pure.
 */
export function judgeRedirectUri(
  given: string,
  { redirectUris }: Pick<Application, 'redirectUris'>,
): boolean {
  if (redirectUris.includes(given)) return true
  const bare = withoutLoopbackPort(given)
  return bare !== undefined && redirectUris.some((one) => withoutLoopbackPort(one) === bare)
}

function withoutLoopbackPort(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined // its port is above 65,535
  const [, host, rest = ''] =
    /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?((?:[/?].*)?)$/.exec(text) ?? []
  return host === undefined ? undefined : `http://${host}${rest}`
}

/** Returns whether the operating system or the web guarantees which program gets a redirect: another program can claim a loopback port or a private scheme (RFC 8252, section 8.6). Pure. */
export function isClaimed(redirectUri: string): boolean {
  return redirectUri.startsWith('https://')
}
