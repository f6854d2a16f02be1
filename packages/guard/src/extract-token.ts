import type { Decision, Denied } from './decision.ts'

// Step 1: finds the token of a request, in the Authorization header or in a cookie.

/**
 * The view of a request that an adapter supplies. Nothing specific to a framework gets past it.
 *
 * @example
 * import { createGuard, type RequestView } from '@countersign/guard'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const headers = new Map([['authorization', 'Basic YWRhOmFkYQ==']])
 * const request: RequestView = { method: 'GET', url: '/notes', header: (name) => headers.get(name) }
 * console.log((await guard.check(request)).allowed) // false
 */
export interface RequestView {
  readonly method: string
  readonly url: string
  /** Returns a header by its lower-case name; several of one name are joined by commas (RFC 9110, section 5.3). */
  header(name: string): string | undefined
  /** The id of this request in the application's log, where it has one; a refusal carries it, or else one of its own. */
  readonly id?: string
}

/**
 * A cookie that may hold the token, for browsers.
 *
 * @example
 * import { createGuard, type CookieOptions } from '@countersign/guard'
 *
 * const cookie: CookieOptions = { name: '__Host-countersign_access', origins: ['https://app.example.com'] }
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', cookie })
 */
export interface CookieOptions {
  /** Its name. Begin it with `__Host-`, so that no neighbouring site can set it; for Countersign's own, use {@link cookieNamesOf}. */
  readonly name: string
  /** Origins that may send it beside the application's own, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
}

/** The result of parsing a request for a token. */
export type ExtractedToken =
  | {
      readonly kind: 'token'
      readonly token: string
      /** Set if the token came with the scheme `DPoP`, and so with a proof (RFC 9449, section 7.1). */
      readonly scheme?: 'DPoP'
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'cross-site' }

const denials = {
  missing: { allowed: false, code: 'token_missing' },
  malformed: { allowed: false, code: 'authorization_malformed' },
  'cross-site': { allowed: false, code: 'request_cross_site' },
} as const satisfies Readonly<Record<string, Denied>>

/**
 * Returns the token of a request, a bound one if it came with the scheme `DPoP`, or the denial of a request without one.
 *
 * Fast path: the text after `Bearer ` is verified first, and parsed strictly only if verification fails, in {@link orMalformed}.
 * No good token holds a blank or a comma, so only a refusal needs to know about them.
 */
export function extractToken(
  request: RequestView,
  cookie: CookieOptions | undefined,
): string | BoundToken | Denied {
  const header = request.header('authorization')
  if (header !== undefined && isUsualSpelling(header)) return header.slice(prefix.length)
  const parsed = parseToken(request, cookie)
  if (parsed.kind !== 'token') return denials[parsed.kind]
  return parsed.scheme ? { bound: parsed.token } : parsed.token
}

/** A token that came with the scheme `DPoP`. */
export interface BoundToken {
  readonly bound: string
}

/** Replaces the denial of a token that failed verification when its header was malformed all along. */
export function orMalformed<C>(
  decision: Decision<C> | Promise<Decision<C>>,
  request: RequestView,
): Decision<C> | Promise<Decision<C>> {
  if (decision instanceof Promise || decision.allowed || decision.cause === undefined)
    return decision
  return parseToken(request).kind === 'malformed' ? denials.malformed : decision
}

/** Returns true if a request carries no token at all, neither a good nor a bad one. */
export function hasNoToken(request: RequestView, cookie: CookieOptions | undefined): boolean {
  const header = request.header('authorization')
  if (header !== undefined && isUsualSpelling(header)) return false
  return parseToken(request, cookie).kind === 'missing'
}

/** The view of a request that carries only this bearer token, for a token that arrived another way. */
export function bearerRequest(token: string): RequestView {
  return {
    method: 'GET',
    url: '/',
    header: (name) => (name === 'authorization' ? `${prefix}${token}` : undefined),
  }
}

const prefix = 'Bearer '
const blank = 32

function isUsualSpelling(header: string): boolean {
  return (
    header.length > prefix.length &&
    header.startsWith(prefix) &&
    header.charCodeAt(prefix.length) !== blank
  )
}

const schemes = /^(bearer|dpop)(?: +|$)/i // the case of the scheme does not matter (RFC 9110, section 11.1)

/**
 * Parses the token of a request (RFC 6750, section 2.1; RFC 9449, section 7.1). Pure.
 *
 * - Only the header is read, and a cookie where the guard has one. A token in the query or the body is ignored: it would end in logs.
 * - Another scheme brings no token, so the token is missing.
 * - A comma means that two headers were sent, and it is undefined which one counts.
 * - The header takes precedence over the cookie, because a browser sends the cookie with every request.
 */
export function parseToken(request: RequestView, cookie?: CookieOptions): ExtractedToken {
  const header = request.header('authorization')?.trim() ?? ''
  const scheme = schemes.exec(header)
  if (header.includes(',')) return { kind: 'malformed' }
  if (!scheme) return cookie ? readCookie(request, cookie) : { kind: 'missing' }
  const token = header.slice(scheme[0].length)
  if (token === '' || /\s/.test(token)) return { kind: 'malformed' }
  return /^dpop$/i.test(scheme[1] ?? '')
    ? { kind: 'token', token, scheme: 'DPoP' }
    : { kind: 'token', token }
}

/**
 * Reads a cookie that holds a credential, by the rules of the guard: sent once, and from this site where the method changes something.
 * For an application's own cookies beside the guard's.
 *
 * @example
 * import { readCookie } from '@countersign/guard'
 * import { requestView } from '@countersign/guard/fetch'
 *
 * const request = new Request('https://app.example.com/', { headers: { cookie: 'session=abc' } })
 * const cookie = readCookie(requestView(request), { name: 'session' })
 * if (cookie.kind === 'token') console.log(cookie.token) // abc
 */
export function readCookie(
  request: RequestView,
  { name, origins = [] }: CookieOptions,
): ExtractedToken {
  const values = (request.header('cookie') ?? '').split(/[;,]/).flatMap((pair) => {
    const [own = '', ...value] = pair.split('=')
    return own.trim() === name ? [value.join('=').trim()] : []
  })
  const [token = ''] = values
  if (values.length > 1) return { kind: 'malformed' } // one may be a neighbouring site's
  if (token === '') return { kind: 'missing' }
  return passesCsrfCheck(request, origins) ? { kind: 'token', token } : { kind: 'cross-site' }
}

/**
 * Returns true if a request that brings a cookie, or is to receive one, was sent by this site's own pages (CSRF protection).
 *
 * A method that changes nothing may come from anywhere, because another site cannot read the answer; but the handshake of a WebSocket is a
 * GET, and its answer is a connection. `Sec-Fetch-Site` is set by the browser itself. Browsers before 2023 may send only `Origin`, and every
 * browser sends it with a method that changes something. A client that sends neither is no browser and can use the header.
 *
 * @example
 * import { passesCsrfCheck } from '@countersign/guard'
 * import { requestView } from '@countersign/guard/fetch'
 *
 * const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
 * const request = new Request('https://app.example.com/notes', { method: 'POST', headers })
 * console.log(passesCsrfCheck(requestView(request))) // false
 */
export function passesCsrfCheck(request: RequestView, origins: readonly string[] = []): boolean {
  const reads = ['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  if (reads && request.header('upgrade') === undefined) return true
  const origin = request.header('origin')
  if (origin !== undefined && origins.includes(origin)) return true
  const site = request.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === request.header('host')
}
