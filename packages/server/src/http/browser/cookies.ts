import { isOwnRequest, readCookie, type Credentials } from '@countersign/guard'
import { requestCredentials } from '@countersign/guard/fetch'
import type { Seconds } from '@countersign/token/internal'
import { serialize } from 'hono/utils/cookie'
import { Secret } from '../../domain/kernel/secret.ts'
import type { IssuedTokens } from '../../domain/authentication/issue-tokens.ts'
import { fail } from '../../failures.ts'

/** The cookie that holds the access token. By its prefix no neighbouring site and no plain connection can set it (RFC 6265bis, section 4.1.3.2). */
export const accessCookie = '__Host-countersign_access'

/** The cookie that holds the refresh token. */
export const refreshCookie = '__Host-countersign_refresh'

const longest = 34_560_000 // seconds; browsers keep no cookie for more than 400 days
const largest = 4096 // bytes of name and value; browsers drop larger ones, and say nothing

/** What the guard looks at of a request. Not `Host`, which anybody can make fit their own origin: where this server stands, the settings say. */
export function credentialsOf(request: Request): Credentials {
  const { header, ...rest } = requestCredentials(request)
  return { ...rest, header: (name) => (name === 'host' ? undefined : header(name)) }
}

/** The cookies of one request and of its answer: all that cookie mode is. What each of them is worth is judged elsewhere. */
export interface Cookies {
  /** Whether the request brought one of ours, good or bad, and no Authorization header, which would count in its place. */
  readonly sent: boolean
  /** The refresh token. Fails with `cookies_cross_site` and `cookie_ambiguous`. */
  refreshToken(): Secret | undefined
  /** Whether they may be given or taken at all: only where this very site's pages ask. Fails with `cookies_cross_site`. */
  assertOwn(): void
  /** Gives both cookies anew; the refresh token's for as long as its session. Fails with `cookies_cross_site` and `cookie_too_large`. */
  give(tokens: IssuedTokens, sessionEndsIn: Seconds): void
  /** Takes both away. */
  clear(): void
  /** The Set-Cookie lines of the answer. */
  changes(): readonly string[]
}

/** Reads the cookies of a request. `origins` are those whose pages may send them and be given them: this server's own among them. */
export function createCookies(request: Request, origins: readonly string[]): Cookies {
  const credentials = credentialsOf(request)
  const header = request.headers.get('cookie') ?? ''
  let changes: readonly string[] = []
  /** Or another site could sign a browser in as somebody else, who then sees what its user does (login CSRF). */
  function assertOwn() {
    if (!isOwnRequest(credentials, origins)) throw fail('cookies_cross_site')
  }
  return {
    assertOwn,
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
      if (accessCookie.length + accessToken.length > largest) throw fail('cookie_too_large')
      changes = [
        line(accessCookie, accessToken, expiresIn),
        line(refreshCookie, refreshToken.reveal(), sessionEndsIn),
      ]
    },
    clear() {
      changes = [line(accessCookie, '', 0), line(refreshCookie, '', 0)]
    },
    changes: () => changes,
  }
}

/** The access token comes with links from other sites, so that their pages open; the refresh token comes from this site alone. */
function line(
  name: typeof accessCookie | typeof refreshCookie,
  value: string,
  seconds: Seconds,
): string {
  return serialize(name, value, {
    httpOnly: true,
    secure: true,
    sameSite: name === accessCookie ? 'Lax' : 'Strict',
    path: '/',
    maxAge: Math.min(seconds, longest),
  })
}
