import { proactiveRefresh } from './proactive-refresh.ts'
import { createSendRequest } from './send-request.ts'
import { createCall, type Call } from './call.ts'
import { createSendCall } from './send-call.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'
import { createRefresher, type Refresher } from './refresh.ts'
import { accessTokenOf, createTokenProvider, createSessionFetch } from './fetch.ts'
import { addPasskey, type NewPasskey, type PasskeyPrompt } from './passkeys.ts'
import {
  signIn,
  signInWithPasskey,
  toWire,
  type Credentials,
  type EmailCode,
  type SignInResult,
} from './sign-in.ts'
import { signOut } from './sign-out.ts'
import { createAnswerChallenge, type StepUpProof } from './step-up.ts'
import { assertOptions, parseUrl, type SessionOptions } from './session-options.ts'
import { browserStorage, memoryStorage } from './storage.ts'
import { createSessionStore, type SessionState, type SessionStore } from './session-store.ts'

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
  /**
   * Signs in. The result says whether a second factor is necessary. Fails with the server's codes, such as `credentials_wrong` and `login_delayed`,
   * or with `server_unreachable`.
   */
  signIn(credentials: Credentials): Promise<SignInResult>
  /**
   * Signs in with a passkey: the user types neither name nor password. Fails with `passkey_wrong`, with `passkey_not_used` if the user declines, and
   * with `passkeys_unavailable`.
   */
  signInWithPasskey(prompt?: PasskeyPrompt): Promise<void>
  /** Sends a code to a verified address, to sign in with. Resolves for every address. Fails with `code_sign_in_disabled` where the server does not allow it. */
  sendSignInCode(email: string): Promise<void>
  /** Signs in with a code from a mail. The result is that of `signIn`. Fails with `credentials_wrong` for a wrong, used or expired code. */
  signInWithCode(code: EmailCode): Promise<SignInResult>
  /**
   * Proves again who the user is, with a second factor or, for a user who has none, with the password (RFC 9470). All tabs get new tokens, which say
   * so by `auth_time` and `acr`. Fails with `factor_wrong`, `current_password_wrong`, `login_delayed`, and with `step_up_required` if the password is
   * not enough. If the response is lost, the user has to sign in again.
   */
  stepUp(proof: StepUpProof): Promise<void>
  /**
   * Adds a passkey for the signed-in user; all their other sessions end. Returns recovery codes, which are shown once, with the first factor, and none
   * later. Fails with `current_password_wrong`, `step_up_required`, `passkey_not_used` and `passkeys_unavailable`.
   */
  addPasskey(passkey: NewPasskey): Promise<readonly string[]>
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
  const { store, sendRequest, restore, tokenProvider, sessionFetch, call, stepUp, close } = parts
  const signInOptions = { store, sendRequest, mode, platform }
  return {
    get state() {
      return store.state
    },
    subscribe: store.subscribe,
    restore,
    signIn: (credentials) => signIn(signInOptions, credentials),
    signInWithPasskey: (prompt) => signInWithPasskey(signInOptions, prompt),
    sendSignInCode: (email) => call('POST /login/code', { body: { email } }),
    signInWithCode: (code) => signIn(signInOptions, code),
    forgotPassword: (email) => call('POST /password/forgot', { body: { email } }),
    resetPassword: ({ newPassword, ...code }) =>
      call('POST /password/reset', { body: { ...code, new_password: newPassword } }),
    stepUp,
    addPasskey: (passkey) => addPasskey(call, passkey),
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
  const stepUp = async (proof: StepUpProof) => {
    const body = await toWire(proof, async () => call('POST /me/step-up/options'))
    await call('POST /me/step-up', { body })
  }
  const answerChallenge = createAnswerChallenge({ store, onStepUp: options.onStepUp, stepUp })
  const fetchOptions = { mode, fetch: plainFetch, origins, baseUrl, answerChallenge }
  const sessionFetch = createSessionFetch(tokenProvider, fetchOptions)
  const renewing = { store, refresher, platform, mode }
  const call = createCall(
    url,
    createSendCall({ ...fetchOptions, url, tokenProvider, restore, renewing }),
  )
  const close = () => {
    stopRefreshing()
    store.close()
  }
  return { store, sendRequest, restore, tokenProvider, sessionFetch, call, stepUp, close }
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
