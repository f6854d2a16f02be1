import { proactiveRefresh } from './proactive-refresh.ts'
import { createSendRequest } from './send-request.ts'
import { browserStorage } from './browser-storage.ts'
import { createCall, type Call } from './call.ts'
import { fail } from './failures.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'
import { createRefresher } from './refresh.ts'
import { createRestore } from './restore.ts'
import { accessTokenOf, createTokenProvider, createSessionFetch } from './fetch.ts'
import { signIn, signOut, type Credentials } from './sign-in-and-out.ts'
import { memoryStorage, type TokenStorage } from './storage.ts'
import type { SessionState } from './session-state.ts'
import { createSessionStore } from './session-store.ts'

/** What a session needs to know. */
export interface SessionOptions {
  /** The server's address, with the path below which it is mounted. */
  readonly url: string
  /**
   * `cookie`: the server keeps the tokens in cookies that no script can read; for pages of the server's own origin. `bearer`: the
   * client holds the tokens; for pages of another origin, and for programs.
   */
  readonly mode: 'bearer' | 'cookie'
  /** Where it is kept. By default in memory, and with cookies, of which only times are kept, in the browser. */
  readonly storage?: TokenStorage
  /** Where `session.fetch` may send the session; by default to the server's own origin. */
  readonly origins?: readonly string[]
  /** What to send requests with; by default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** A session on a Countersign server, for one browser with all its tabs, or for one process. */
export interface Session extends Disposable {
  /** Whether somebody is signed in: the same object until that changes. */
  readonly state: SessionState
  /** Calls `listener` when the state changes, in whatever tab; what comes back ends it. */
  subscribe(listener: (state: SessionState) => void): () => void
  /**
   * Takes up the session that was kept. Everything else does so too; call it to know who is there. Asks the server only where cookies
   * may be of a session that noSession here knows of; fails with `server_unreachable` when it cannot be asked.
   */
  restore(): Promise<SessionState>
  /** Signs in. Fails with the server's codes, such as `credentials_wrong` and `login_delayed`, or `server_unreachable`. */
  signIn(credentials: Credentials): Promise<void>
  /**
   * Signs out, and ends the session on the server, or all of its user's. Bearer tokens are forgotten first, whether the server can be told
   * or not; cookies are only the server's to clear, so that nothing has happened when this fails.
   */
  signOut(scope?: 'here' | 'everywhere'): Promise<void>
  /**
   * Like the global `fetch`, and shows the session. Fails with `signed_out`, `origin_not_allowed`, or why the token could not be renewed.
   */
  readonly fetch: typeof globalThis.fetch
  /** Asks a route of the server, by its types. Fails with the code that the server refuses with. */
  readonly call: Call
  /** An access token that has not expired, for what is not a request: a WebSocket. Not with cookies: `token_hidden`. */
  accessToken(): Promise<string>
  /** The server's time, as well as it is known. */
  serverTime(): Seconds
  /** Stops listening and refreshing. The session stays where it is kept. */
  close(): void
}

/**
 * Makes a session: nothing is asked of the server before something is asked of the session. `platform` is for tests. Fails with
 * `option_invalid`, also for an option that there is not.
 */
export function createSession(options: SessionOptions, platform: Platform = webPlatform): Session {
  const { mode } = options
  const { url, store, sendRequest, send, restore, tokenProvider, shown, close } = assemble(
    options,
    platform,
  )
  return {
    get state() {
      return store.state
    },
    subscribe: store.subscribe,
    restore,
    signIn: (credentials) => signIn({ store, sendRequest, mode, platform }, credentials),
    async signOut(scope = 'here') {
      await restore()
      return signOut({ store, sendRequest, mode }, scope)
    },
    async fetch(input, init) {
      await restore()
      return shown(input, init)
    },
    call: createCall(url, async (request) => {
      const { status } = await restore()
      return status === 'signed_in' ? shown(request) : send(request)
    }),
    async accessToken() {
      await restore()
      return accessTokenOf(await tokenProvider.fresh())
    },
    serverTime() {
      const { stored } = store
      return platform.now() + (stored.status === 'signed_in' ? stored.clockOffset : 0)
    },
    close,
    [Symbol.dispose]: close,
  }
}

/** The parts of a session, joined. */
function assemble(options: SessionOptions, platform: Platform) {
  const { mode, fetch = globalThis.fetch } = assertOptions(options)
  const url = parseUrl(options.url)
  const storage = options.storage ?? (mode === 'cookie' ? browserStorage() : memoryStorage())
  const store = createSessionStore(storage, platform)
  const send: typeof fetch = (...request) => fetch(...request) // a browser's own wants no `this` but the window
  const sendRequest = createSendRequest(url, mode, send, platform)
  const refresher = createRefresher(store, sendRequest, { platform, mode, name: storage.name })
  const share = 0.1 + platform.random() / 10 // of a token's life; each tab its own, so that one is first
  const stop = proactiveRefresh(store, refresher, platform, share)
  const restore = createRestore(store, refresher, mode)
  const tokenProvider = createTokenProvider(store, refresher, platform, share)
  const origins = new Set((options.origins ?? [url.origin]).map((one) => parseUrl(one).origin))
  const base = () => platform.base() ?? url.href
  const shown = createSessionFetch(tokenProvider, { mode, fetch: send, origins, base })
  const close = () => {
    stop()
    store.close()
  }
  return { url, store, sendRequest, send, restore, tokenProvider, shown, close }
}

const names = {
  url: 1,
  mode: 1,
  storage: 1,
  origins: 1,
  fetch: 1,
} satisfies Record<keyof SessionOptions, 1>

/** Refuses what noSession reads, for programs without types. So few are there that all are named. */
function assertOptions(options: SessionOptions): SessionOptions {
  const slip = Object.keys(options).find((name) => !Object.hasOwn(names, name))
  if (slip !== undefined) throw invalid(`${slip} is none of ${Object.keys(names).join(', ')}`)
  if (!['bearer', 'cookie'].includes(options.mode)) throw invalid('mode is bearer or cookie')
  return options
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!plain) throw invalid('url and origins are http or https URLs')
  return url
}

const invalid = (detail: string) => fail('option_invalid', { detail })
