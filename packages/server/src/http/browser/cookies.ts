import { passesCsrfCheck, readCookie, type RequestView } from '@countersign/guard'
import { requestView } from '@countersign/guard/fetch'
import type { Seconds } from '@countersign/token/internal'
import { randomBytes } from 'node:crypto'
import { serialize } from 'hono/utils/cookie'
import { Secret } from '../../domain/kernel/secret.ts'
import { codeSeconds } from '../../domain/mail/code.ts'
import type { IssuedTokens } from '../../domain/authentication/issue-tokens.ts'
import { fail } from '../../failures.ts'

/** The cookie of the access token. Because of its prefix no sibling domain and no plain connection can set it (RFC 6265bis, section 4.1.3.2). */
export const accessCookie = '__Host-countersign_access'

/** The cookie of the refresh token. */
export const refreshCookie = '__Host-countersign_refresh'

/** The cookie of a browser that asked for a code by mail. Links of mails work in that browser alone. */
export const askingCookie = '__Host-countersign_asking'

const askingBytes = 32
const maxCookieSeconds = 34_560_000 // browsers keep no cookie for more than 400 days
const maxCookieBytes = 4096 // of name and value; browsers silently drop larger ones

/**
 * Returns what the guard reads of a request. It hides `Host`, which a caller can set to match their own origin: the settings name this
 * server's origin.
 */
export function credentialsOf(request: Request): RequestView {
  const { header, ...rest } = requestView(request)
  return { ...rest, header: (name) => (name === 'host' ? undefined : header(name)) }
}

/** The cookies of one request and of its response. The tokens in them are verified elsewhere. */
export interface Cookies {
  /** True if the request has one of these cookies, valid or not, and no Authorization header, which would take precedence. */
  readonly sent: boolean
  /** Returns the refresh token. Fails with `cookies_cross_site` and `cookie_ambiguous`. */
  refreshToken(): Secret | undefined
  /** Returns the secret of a browser that asked for a code by mail; `undefined` if it did not, or if another site sent the request. */
  askingBrowser(): Secret | undefined
  /** Returns the same secret, which is made and set if there is none; `undefined` for a client that is no browser of an allowed origin. */
  bindBrowser(): Secret | undefined
  /** Checks that a page of an allowed origin sent the request. Fails with `cookies_cross_site`. */
  assertOwn(): void
  /** Sets both cookies; the refresh token's lasts as long as its session. Fails with `cookies_cross_site` and `cookie_too_large`. */
  give(tokens: IssuedTokens, sessionEndsIn: Seconds): void
  /** Deletes both cookies. */
  clear(): void
  /** Returns the Set-Cookie headers of the response. */
  changes(): readonly string[]
}

/** Reads the cookies of a request. `origins` are those whose pages may send and receive them, this server's own among them. */
export function createCookies(request: Request, origins: readonly string[]): Cookies {
  const credentials = credentialsOf(request)
  const header = request.headers.get('cookie') ?? ''
  let changes: readonly string[] = []
  const asking = createAskingCookie(credentials, origins)
  /** Otherwise another site could sign a browser in as the attacker, who then sees what the user does (login CSRF). */
  function assertOwn() {
    if (!passesCsrfCheck(credentials, origins)) throw fail('cookies_cross_site')
  }
  return {
    assertOwn,
    askingBrowser: asking.read,
    bindBrowser: asking.bind,
    sent:
      !request.headers.has('authorization') &&
      (header.includes(`${accessCookie}=`) || header.includes(`${refreshCookie}=`)),
    refreshToken() {
      const presented = readCookie(credentials, { name: refreshCookie, origins })
      switch (presented.kind) {
        case 'token':
          return new Secret(presented.token)
        case 'missing':
          return undefined
        case 'malformed':
          throw fail('cookie_ambiguous')
        case 'cross-site':
          throw fail('cookies_cross_site')
      }
    },
    give({ accessToken, expiresIn, refreshToken }, sessionEndsIn) {
      assertOwn()
      if (accessCookie.length + accessToken.length > maxCookieBytes) throw fail('cookie_too_large')
      changes = [
        line(accessCookie, accessToken, expiresIn),
        line(refreshCookie, refreshToken.reveal(), sessionEndsIn),
      ]
    },
    clear() {
      changes = [line(accessCookie, '', 0), line(refreshCookie, '', 0)]
    },
    changes: () => [...changes, ...asking.changes()],
  }
}

/** Reads and sets the cookie of a browser that asks for codes by mail. */
function createAskingCookie(credentials: RequestView, origins: readonly string[]) {
  let changes: readonly string[] = []
  const read = () => {
    const presented = readCookie(credentials, { name: askingCookie, origins })
    const isRead = presented.kind === 'token' && /^[\w-]{43}$/.test(presented.token)
    return isRead ? new Secret(presented.token) : undefined
  }
  return {
    read,
    bind() {
      if (!passesCsrfCheck(credentials, origins)) return undefined
      const secret = read() ?? new Secret(randomBytes(askingBytes).toString('base64url'))
      changes = [line(askingCookie, secret.reveal(), codeSeconds)]
      return secret
    },
    changes: () => changes,
  }
}

/** Makes a Set-Cookie header. Links from other sites bring the access token, so that pages open signed in, and the secret of the asking browser; they do not bring the refresh token. */
function line(
  name: typeof accessCookie | typeof refreshCookie | typeof askingCookie,
  value: string,
  seconds: Seconds,
): string {
  return serialize(name, value, {
    httpOnly: true,
    secure: true,
    sameSite: name === refreshCookie ? 'Strict' : 'Lax',
    path: '/',
    maxAge: Math.min(seconds, maxCookieSeconds),
  })
}
