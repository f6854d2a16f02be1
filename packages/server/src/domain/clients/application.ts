import { isLoopback, publicAlgorithms, type PublicAlgorithm } from '@countersign/token/internal'
import { fail } from '../../failures.ts'

/** How users sign in with a client (RFC 6749, section 4.1). */
export interface Application {
  /** The URIs to which the browser returns with a code; compared as text, except for the port of a loopback address. */
  readonly redirectUris: readonly string[]
  /** True for a program that cannot keep a secret: in a browser, on a phone or a desktop (RFC 6749, section 2.1). */
  readonly isPublic: boolean
  /** True if its users are not asked for their consent: for an application of the operator. */
  readonly skipsConsent: boolean
  /** False for a confidential client that cannot do PKCE: its requests then need a `nonce` (RFC 9700, section 2.1.1). */
  readonly requiresPkce: boolean
  /** The algorithm of its ID tokens; null for the first one of the settings. */
  readonly idTokenAlgorithm: PublicAlgorithm | null
}

/** What is said of a new application. */
export interface ApplicationText {
  readonly redirectUris: readonly string[]
  readonly isPublic?: boolean | undefined
  readonly skipsConsent?: boolean | undefined
  readonly requiresPkce?: boolean | undefined
  readonly idTokenAlgorithm?: string | null | undefined
}

/** The scopes that ask for facts about the user (OpenID Connect Core, section 5.4), and for tokens that outlive the sign-in (section 11). */
export const identityScopes = ['openid', 'profile', 'email', 'offline_access'] as const

const maxUris = 16
const maxUriLength = 512 // characters

/** Checks what is said of an application. Fails with `client_unacceptable`. */
export function parseApplication(given: ApplicationText): Application {
  const { redirectUris, isPublic = false, skipsConsent = false, requiresPkce = true } = given
  const { idTokenAlgorithm = null } = given
  if (redirectUris.length === 0 || redirectUris.length > maxUris)
    throw fail('client_unacceptable', { detail: `it has 1 to ${maxUris} redirect URIs` })
  if (isPublic && !requiresPkce)
    throw fail('client_unacceptable', { detail: 'a public client needs PKCE' })
  const algorithm = publicAlgorithms.find((one) => one === idTokenAlgorithm)
  if (idTokenAlgorithm !== null && !algorithm)
    throw fail('client_unacceptable', { detail: 'the algorithm of its ID tokens is unknown' })
  return {
    redirectUris: [...new Set(redirectUris.map(parseRedirectUri))],
    isPublic,
    skipsConsent,
    requiresPkce,
    idTokenAlgorithm: algorithm ?? null,
  }
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
