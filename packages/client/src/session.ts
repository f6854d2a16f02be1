import { proactiveRefresh } from './proactive-refresh.ts'
import { createSendRequest } from './send-request.ts'
import { createCall, type Call } from './call.ts'
import { fail } from './failures.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'
import { createRefresher, type Refresher } from './refresh.ts'
import { accessTokenOf, createTokenProvider, createSessionFetch } from './fetch.ts'
import { renewedBy, signIn, signOut, type Credentials, type EmailCode } from './sign-in-and-out.ts'
import { browserStorage, memoryStorage, type TokenStorage } from './storage.ts'
import { createSessionStore, type SessionState, type SessionStore } from './session-store.ts'

/**
 * The options of {@link createSession}.
 *
 * @example
 * ```ts
 * import { browserStorage, createSession, type SessionOptions } from '@countersign/client'
 *
 * const options: SessionOptions = {
 *   url: 'https://auth.example.com',
 *   mode: 'bearer',
 *   storage: browserStorage(), // survives a restart of the browser
 *   origins: ['https://api.example.com'], // session.fetch sends the token nowhere else
 * }
 * const session = createSession(options)
 * console.log(session.state.status) // unknown
 * ```
 */
export interface SessionOptions {
  /** The URL of the server, including the path below which it is mounted. */
  readonly url: string
  /**
   * `cookie`: the server keeps the tokens in cookies that no script can read; for pages on the server's own origin. `bearer`: the
   * client holds the tokens; for pages on another origin, and for programs.
   */
  readonly mode: 'bearer' | 'cookie'
  /** The place where the session is stored. By default memory in bearer mode, and {@link browserStorage} in cookie mode. */
  readonly storage?: TokenStorage
  /** The origins that `session.fetch` may send the session to. By default the origin of `url`, which `session.call` always uses. */
  readonly origins?: readonly string[]
  /** The function that sends requests. By default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * A session with a Countersign server, for one browser with all its tabs or for one process.
 *
 * @example
 * ```ts
 * import { createSession, type Session } from '@countersign/client'
 *
 * async function greet(session: Session): Promise<string> {
 *   const response = await session.fetch('http://localhost:5000/protected')
 *   return response.text()
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await session.signIn({ username: 'admin', password: 'password' })
 * console.log(await greet(session))
 * await session.signOut() // or signOut('everywhere')
 * ```
 */
export interface Session extends Disposable {
  /** The state: the same object until it changes. */
  readonly state: SessionState
  /** Calls `listener` when the state changes, in any tab. Returns an unsubscribe function. */
  subscribe(listener: (state: SessionState) => void): () => void
  /**
   * Restores the stored session and returns its state. All other methods do so first. Asks the server only in cookie mode if the
   * storage knows of no session, because there may be cookies; fails with `server_unreachable` if that is impossible.
   */
  restore(): Promise<SessionState>
  /** Signs in. Fails with the server's codes, such as `credentials_wrong` and `login_delayed`, or with `server_unreachable`. */
  signIn(credentials: Credentials): Promise<void>
  /** Sends a code to a verified address, to sign in with. Resolves for every address. Fails with `code_sign_in_disabled` where the server does not allow it. */
  sendSignInCode(email: string): Promise<void>
  /** Signs in with a code from a mail. Fails with `credentials_wrong` for a wrong, used or expired one. */
  signInWithCode(code: EmailCode): Promise<void>
  /** Sends a code to an address, to set a new password with. Resolves for every address. Fails with `mail_unavailable` on a server without mail. */
  forgotPassword(email: string): Promise<void>
  /** Sets a new password with a code from a mail; all sessions of the user end. Fails with `code_wrong`, or says what a better password has. */
  resetPassword(reset: EmailCode & { readonly newPassword: string }): Promise<void>
  /** Verifies the e-mail address of the signed-in user with a code from a mail. Fails with `code_wrong`. */
  verifyEmail(code: string): Promise<void>
  /**
   * Signs out and ends the session on the server, or with `everywhere` all sessions of the user. In bearer mode the tokens are
   * forgotten first, even if the server cannot be reached. In cookie mode only the server can clear the cookies, so a failure
   * leaves the session unchanged.
   */
  signOut(scope?: 'here' | 'everywhere'): Promise<void>
  /**
   * Sends a request with the session; otherwise like the global `fetch`. Fails with `signed_out`, `origin_not_allowed` or the reason
   * why the token could not be refreshed.
   */
  readonly fetch: typeof globalThis.fetch
  /** Calls a route of the server, with types. Fails with the server's code, with `server_unreachable` or `answer_unusable`. */
  readonly call: Call
  /** Returns an unexpired access token, for other uses than requests, such as a WebSocket. Fails with `token_hidden` in cookie mode. */
  accessToken(): Promise<string>
  /** Returns the server's time in seconds, as precisely as it is known; it does not depend on the local clock being right. */
  serverTime(): Seconds
  /** Removes the listeners and stops proactive refreshes. The session stays stored. */
  close(): void
}

/**
 * Creates a session. Sends no request until a method is called. `platform` is for tests. Fails with `option_invalid`, also for an
 * unknown option.
 *
 * @example
 * ```ts
 * import { createSession } from '@countersign/client'
 *
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * session.subscribe((state) => console.log(state.status))
 * await session.signIn({ username: 'admin', password: 'password' })
 * const response = await session.fetch('http://localhost:5000/protected') // refreshes the token when necessary
 * console.log(response.status) // 200
 * ```
 */
export function createSession(options: SessionOptions, platform: Platform = webPlatform): Session {
  const { mode } = options
  const parts = assemble(options, platform)
  const { store, sendRequest, restore, tokenProvider, sessionFetch, call, close } = parts
  return {
    get state() {
      return store.state
    },
    subscribe: store.subscribe,
    restore,
    signIn: (credentials) => signIn({ store, sendRequest, mode, platform }, credentials),
    sendSignInCode: (email) => call('POST /login/code', { body: { email } }),
    signInWithCode: (code) => signIn({ store, sendRequest, mode, platform }, code),
    forgotPassword: (email) => call('POST /password/forgot', { body: { email } }),
    resetPassword: ({ newPassword, ...code }) =>
      call('POST /password/reset', { body: { ...code, new_password: newPassword } }),
    verifyEmail: (code) => call('POST /email/verify', { body: { code } }),
    async signOut(scope = 'here') {
      await restore()
      return signOut({ store, sendRequest, mode }, scope)
    },
    async fetch(input, init) {
      await restore()
      return sessionFetch(input, init)
    },
    call,
    async accessToken() {
      await restore()
      return accessTokenOf(await tokenProvider.current())
    },
    serverTime() {
      const { stored } = store
      return platform.now() + (stored.status === 'signed_in' ? stored.clockOffset : 0)
    },
    close,
    [Symbol.dispose]: close,
  }
}

function assemble(options: SessionOptions, platform: Platform) {
  const { mode, fetch = globalThis.fetch } = assertOptions(options)
  const url = parseUrl(options.url)
  const storage = options.storage ?? (mode === 'cookie' ? browserStorage() : memoryStorage())
  const store = createSessionStore(storage, platform)
  const plainFetch: typeof fetch = (...request) => fetch(...request) // a browser's fetch fails with another `this` than the window
  const sendRequest = createSendRequest(url, mode, plainFetch, platform)
  const refresher = createRefresher(store, sendRequest, { platform, mode, name: storage.name })
  const leadFraction = 0.1 + platform.random() / 10 // differs between tabs, so that one of them refreshes first
  const stopRefreshing = proactiveRefresh(store, refresher, platform, leadFraction)
  const restore = createRestore(store, refresher, mode)
  const tokenProvider = createTokenProvider(store, refresher, platform, leadFraction)
  const origins = new Set((options.origins ?? [url.origin]).map((one) => parseUrl(one).origin))
  const baseUrl = () => platform.baseUrl() ?? url.href
  const fetchOptions = { mode, fetch: plainFetch, origins, baseUrl }
  const sessionFetch = createSessionFetch(tokenProvider, fetchOptions)
  const ownOrigin = new Set([url.origin]) // the server that issued the token may have it, also if origins does not list it
  const callFetch = createSessionFetch(tokenProvider, { ...fetchOptions, origins: ownOrigin })
  const call = createCall(url, {
    async send(request) {
      const { status } = await restore()
      return status === 'signed_in' ? callFetch(request) : plainFetch(request)
    },
    async renew() {
      await restore()
      return renewedBy(store, mode, platform.now())
    },
  })
  const close = () => {
    stopRefreshing()
    store.close()
  }
  return { store, sendRequest, restore, tokenProvider, sessionFetch, call, close }
}

/** Restores the stored session once. If the server had to be asked and could not be reached, the next call tries again. */
function createRestore(
  store: SessionStore,
  refresher: Refresher,
  mode: 'bearer' | 'cookie',
): () => Promise<SessionState> {
  let restoring: Promise<unknown> | undefined
  const restore = async () => {
    if (mode === 'bearer' || (await store.peek()).status === 'signed_in') return store.load()
    const { failure } = await refresher.detectCookieSession()
    if (failure) throw failure
    return undefined
  }
  return async () => {
    restoring ??= restore().catch((error: unknown) => {
      restoring = undefined
      throw error
    })
    await restoring
    return store.state
  }
}

const optionNames = {
  url: 1,
  mode: 1,
  storage: 1,
  origins: 1,
  fetch: 1,
} satisfies Record<keyof SessionOptions, 1>

/** Rejects unknown options, for programs without types: a misspelt option would otherwise be ignored. */
function assertOptions(options: SessionOptions): SessionOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name))
  if (unknown !== undefined)
    throw invalid(`${unknown} is unknown; use ${Object.keys(optionNames).join(', ')}`)
  if (!['bearer', 'cookie'].includes(options.mode))
    throw invalid('mode must be "bearer" or "cookie"')
  return options
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain)
    throw invalid('url and origins must be http or https URLs without user, query or fragment')
  return url
}

const invalid = (detail: string) => fail('option_invalid', { detail })
