import {
  passesCsrfCheck,
  readCookie,
  type CookieNames,
  type ExtractedToken,
  type RequestView,
} from '@countersign/guard'
import { requestView } from '@countersign/guard/fetch'
import type { Seconds } from '@countersign/token/internal'
import { randomBytes } from 'node:crypto'
import { serialize } from 'hono/utils/cookie'
import { pendingSeconds } from '../../domain/factors/pending-sign-in.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { deviceSeconds } from '../../domain/limits/trusted-device.ts'
import { codeSeconds } from '../../domain/mail/code.ts'
import type { IssuedTokens } from '../../domain/authentication/issue-tokens.ts'
import { fail } from '../../failures.ts'

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
  readonly names: CookieNames
  /** True if the request has one of these cookies, valid or not, and no Authorization header, which would take precedence. */
  readonly sent: boolean
  /** Returns the refresh token. Fails with `cookies_cross_site` and `cookie_ambiguous`. */
  refreshToken(): Secret | undefined
  /** Returns the secret of a browser that asked for a code by mail; `undefined` if it did not, or if another site sent the request. */
  askingBrowser(): Secret | undefined
  /** Returns the same secret, which is made and set if there is none; `undefined` for a client that is no browser of an allowed origin. */
  bindBrowser(): Secret | undefined
  /** Returns the secret of a sign-in on the pages that waits for its second step. */
  pendingSignIn(): Secret | undefined
  /** Keeps that secret for the second step: an address could be read over a shoulder, and stays in the history. */
  keepSignIn(secret: Secret): void
  /** Returns the mark of a browser in which a user has signed in; it counts for nothing before it was read for that user. */
  device(): Secret | undefined
  /** Sets that mark. */
  keepDevice(mark: Secret): void
  /** Checks that a page of an allowed origin sent the request. Fails with `cookies_cross_site`. */
  assertOwn(): void
  /** Sets both cookies; the refresh token's lasts as long as its session. A sign-in that waited is complete. Fails with `cookies_cross_site` and `cookie_too_large`. */
  give(tokens: IssuedTokens, sessionEndsIn: Seconds): void
  /** Deletes both cookies. */
  clear(): void
  /** Returns the Set-Cookie headers of the response. */
  changes(): readonly string[]
}

/** Reads the cookies of a request. `origins` are those whose pages may send and receive them, this server's own among them. */
export function createCookies(
  request: Request,
  names: CookieNames,
  origins: readonly string[],
): Cookies {
  const credentials = credentialsOf(request)
  const read = (name: string) => readCookie(credentials, { name, origins })
  const access = (value: string, seconds: Seconds) =>
    setCookie(names.access, value, { seconds, sameSite: 'Lax' })
  const refresh = (value: string, seconds: Seconds) =>
    setCookie(names.refresh, value, { seconds, sameSite: 'Strict' })
  let changes: readonly string[] = []
  const asking = createAskingCookie(credentials, names.asking, origins)
  const pending = createPendingCookie(credentials, names.signIn, origins)
  const device = createDeviceCookie(credentials, names.device, origins)
  /** Otherwise another site could sign a browser in as the attacker, who then sees what the user does (login CSRF). */
  function assertOwn() {
    if (!passesCsrfCheck(credentials, origins)) throw fail('cookies_cross_site')
  }
  return {
    names,
    assertOwn,
    askingBrowser: asking.read,
    bindBrowser: asking.bind,
    pendingSignIn: pending.read,
    keepSignIn: pending.keep,
    device: device.read,
    keepDevice: device.keep,
    get sent() {
      const isSent = (name: string) => read(name).kind !== 'missing'
      return !request.headers.has('authorization') && [names.access, names.refresh].some(isSent)
    },
    refreshToken: () => secretOf(read(names.refresh)),
    give({ accessToken, expiresIn, refreshToken }, sessionEndsIn) {
      assertOwn()
      if (names.access.length + accessToken.length > maxCookieBytes) throw fail('cookie_too_large')
      changes = [access(accessToken, expiresIn), refresh(refreshToken.reveal(), sessionEndsIn)]
      pending.drop()
    },
    clear() {
      changes = [access('', 0), refresh('', 0)]
    },
    changes: () => [...changes, ...asking.changes(), ...pending.changes(), ...device.changes()],
  }
}

/** Reads and sets the cookie of a browser that asks for codes by mail. */
function createAskingCookie(credentials: RequestView, name: string, origins: readonly string[]) {
  let changes: readonly string[] = []
  const read = () => secretOf32Bytes(readCookie(credentials, { name, origins }))
  return {
    read,
    bind() {
      if (!passesCsrfCheck(credentials, origins)) return undefined
      const secret = read() ?? new Secret(randomBytes(askingBytes).toString('base64url'))
      changes = [setCookie(name, secret.reveal(), { seconds: codeSeconds, sameSite: 'Lax' })] // links in mails bring it
      return secret
    },
    changes: () => changes,
  }
}

/** Reads and sets the cookie of a sign-in that waits for its second step. */
function createPendingCookie(credentials: RequestView, name: string, origins: readonly string[]) {
  let changes: readonly string[] = []
  const presented = () => readCookie(credentials, { name, origins })
  const set = (value: string, seconds: Seconds) => {
    changes = [setCookie(name, value, { seconds, sameSite: 'Strict' })]
  }
  return {
    read: () => secretOf32Bytes(presented()),
    keep: (secret: Secret) => set(secret.reveal(), pendingSeconds),
    drop() {
      if (presented().kind !== 'missing') set('', 0)
    },
    changes: () => changes,
  }
}

/** Reads and sets the cookie of a browser in which a user has signed in. */
function createDeviceCookie(credentials: RequestView, name: string, origins: readonly string[]) {
  let changes: readonly string[] = []
  return {
    read() {
      const presented = readCookie(credentials, { name, origins })
      return presented.kind === 'token' ? new Secret(presented.token) : undefined
    },
    keep(mark: Secret) {
      changes = [setCookie(name, mark.reveal(), { seconds: deviceSeconds, sameSite: 'Strict' })]
    },
    changes: () => changes,
  }
}

/** Returns the secret of 32 bytes that a cookie holds; `undefined` for anything else. */
function secretOf32Bytes(presented: ExtractedToken): Secret | undefined {
  const isRead = presented.kind === 'token' && /^[\w-]{43}$/.test(presented.token)
  return isRead ? new Secret(presented.token) : undefined
}

/** Returns the token that a cookie holds. Fails with `cookies_cross_site` and `cookie_ambiguous`. */
function secretOf(presented: ExtractedToken): Secret | undefined {
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
}

/**
 * Makes a Set-Cookie header. `Lax` cookies are sent with links from other sites, so that pages open signed in; `Strict` ones are not. The name
 * decides about `Secure`: browsers require it with the prefix, and only development on loopback has names without.
 */
export function setCookie(
  name: string,
  value: string,
  { seconds, sameSite }: { readonly seconds: Seconds; readonly sameSite: 'Lax' | 'Strict' },
): string {
  return serialize(name, value, {
    httpOnly: true,
    secure: name.startsWith('__Host-'),
    sameSite,
    path: '/',
    maxAge: Math.min(seconds, maxCookieSeconds),
  })
}
