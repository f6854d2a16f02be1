/** All that an adapter has to supply. Nothing framework-shaped gets past it. */
export interface Credentials {
  readonly method: string
  readonly url: string
  /** A header by its lower-case name; several of one name arrive as one text joined by commas (RFC 9110, section 5.3). */
  header(name: string): string | undefined
  /** The name of this request in the application's log, where it has one; a refusal carries it, or else one of its own. */
  readonly id?: string
}

/** A cookie that may hold the token, for browsers. */
export interface CookieOptions {
  /** Its name. Begin it with `__Host-`, so that no neighbouring site can set it. */
  readonly name: string
  /** Origins that may send it beside the application's own, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
}

/** What the request turned out to hold. */
export type Presented =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'cross-site' }

const bearer = /^bearer(?: +|$)/i // the scheme's case does not count (RFC 9110, section 11.1)
const blank = 32

/**
 * The token of a header in its usual spelling, or `undefined`: {@link readCredentials} must decide then. Blanks and commas are not
 * looked for, for no good token holds one; only a refusal needs to know.
 */
export function usualToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 8 || !header.startsWith('Bearer ')) return undefined
  return header.charCodeAt(7) === blank ? undefined : header.slice(7)
}

/**
 * Reads the bearer token of a request (RFC 6750, section 2.1). Pure.
 *
 * Only the header is looked at, and a cookie where the guard has one: a token in the query or the body is not seen at all, for it
 * would end in logs. Another scheme is no bearer token, so it is missing. A comma means that two headers were sent, of which
 * nobody could say which counts. The header beats the cookie, for a browser sends the cookie with everything.
 */
export function readCredentials(request: Credentials, cookie?: CookieOptions): Presented {
  const header = request.header('authorization')?.trim() ?? ''
  const scheme = bearer.exec(header)
  if (header.includes(',')) return { kind: 'malformed' }
  if (!scheme) return cookie ? readCookie(request, cookie) : { kind: 'missing' }
  const token = header.slice(scheme[0].length)
  return token === '' || /\s/.test(token) ? { kind: 'malformed' } : { kind: 'token', token }
}

/**
 * Reads a cookie that proves something, by the same rule: sent once, and from this very site where the method changes something.
 * For an application's cookies beside the guard's own.
 */
export function readCookie(request: Credentials, { name, origins = [] }: CookieOptions): Presented {
  const values = (request.header('cookie') ?? '').split(/[;,]/).flatMap((pair) => {
    const [own = '', ...value] = pair.split('=')
    return own.trim() === name ? [value.join('=').trim()] : []
  })
  const [token = ''] = values
  if (values.length > 1) return { kind: 'malformed' } // one may be a neighbouring site's
  if (token === '') return { kind: 'missing' }
  return isOwnRequest(request, origins) ? { kind: 'token', token } : { kind: 'cross-site' }
}

/**
 * Whether a request that a cookie came with, or that is to get one, was meant by this site. What changes nothing may come from anywhere, for its answer
 * stays unread; but the first request of a WebSocket is a GET and its answer is a connection.
 *
 * `Sec-Fetch-Site` is the browser's own word. Before 2023 some sent only `Origin`, and every one does with a method that
 * changes something. Who sends neither is no browser and can use the header.
 */
export function isOwnRequest(request: Credentials, origins: readonly string[] = []): boolean {
  const reads = ['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  if (reads && request.header('upgrade') === undefined) return true
  const origin = request.header('origin')
  if (origin !== undefined && origins.includes(origin)) return true
  const site = request.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === request.header('host')
}
