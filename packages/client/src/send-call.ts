import type { RouteName, SendCall } from './call.ts'
import { fail } from './failures.ts'
import { createSessionFetch, type FetchOptions, type TokenProvider } from './fetch.ts'
import type { Platform, Seconds } from './platform.ts'
import { newSignedIn } from './refresh-outcome.ts'
import type { Refresher } from './refresh.ts'
import { readResponse, readTokenResponse, type ServerResponse } from './server-response.ts'
import type { SessionState, SessionStore } from './session-store.ts'
import type { StoredSession } from './stored-session.ts'

/** The dependencies of {@link createSendCall}. */
interface SendCallOptions extends FetchOptions {
  readonly url: URL
  readonly tokenProvider: TokenProvider
  restore(): Promise<SessionState>
  readonly renewing: Omit<RenewingFetchOptions, 'fetch'>
}

/** Creates the function that sends the requests of `session.call`: to the server that issued the token, also if `origins` does not list it. */
export function createSendCall({
  url,
  tokenProvider,
  restore,
  renewing,
  ...options
}: SendCallOptions): SendCall {
  const fetch: typeof globalThis.fetch = async (...request) =>
    options.fetch(...request).catch((cause: unknown) => {
      throw fail('server_unreachable', { cause })
    })
  const shared = { ...options, origins: new Set([url.origin]) }
  const plain = createSessionFetch(tokenProvider, { ...shared, fetch })
  const renewingFetch = createRenewingFetch({ ...renewing, fetch })
  const renewingCall = createSessionFetch(tokenProvider, { ...shared, fetch: renewingFetch })
  const { answerChallenge: _, ...withoutStepUp } = shared // a proof that is not enough must not ask for another one
  const stepUp = createSessionFetch(tokenProvider, { ...withoutStepUp, fetch: renewingFetch })
  const senders: { readonly [Name in RouteName]?: typeof globalThis.fetch } = {
    'POST /password/change': renewingCall,
    'POST /me/factors/totp/confirm': renewingCall,
    'POST /me/factors/passkeys': renewingCall,
    'POST /me/step-up': stepUp,
    'POST /me/step-up/options': createSessionFetch(tokenProvider, { ...withoutStepUp, fetch }),
  }
  return async (name, request) => {
    const { status } = await restore()
    return status === 'signed_in' ? (senders[name] ?? plain)(request) : fetch(request)
  }
}

/** The dependencies of {@link createRenewingFetch}. */
interface RenewingFetchOptions {
  readonly store: SessionStore
  readonly refresher: Pick<Refresher, 'exclusively'>
  readonly platform: Pick<Platform, 'now'>
  readonly mode: 'bearer' | 'cookie'
  readonly fetch: typeof globalThis.fetch
}

/**
 * Creates a `fetch` for requests whose response brings new tokens for the session and revokes those before: a password change, a proof of who
 * the user is. It stores the new tokens for all tabs, and no refresh runs meanwhile.
 */
function createRenewingFetch({
  store,
  refresher,
  platform,
  mode,
  fetch,
}: RenewingFetchOptions): typeof globalThis.fetch {
  return (input, init) =>
    refresher.exclusively(async () => {
      const { stored } = store
      const requestedAt = platform.now()
      const response = await fetch(input, init)
      const read = await readResponse(response.clone())
      if (read.kind === 'ok') await store.update(renewedBy(read, stored, mode, requestedAt))
      return response
    })
}

/** Returns the change that a response makes to the stored session. A sign-out or a new sign-in meanwhile wins. */
function renewedBy(
  response: Extract<ServerResponse, { readonly kind: 'ok' }>,
  stored: StoredSession,
  mode: 'bearer' | 'cookie',
  requestedAt: Seconds,
): (found: StoredSession) => StoredSession {
  const tokenResponse = readTokenResponse(response, mode)
  if (!tokenResponse) throw fail('answer_unusable')
  return (found) =>
    found.status === 'signed_in' && stored.status === 'signed_in' && found.id === stored.id
      ? { ...newSignedIn(tokenResponse, requestedAt, found.id), revision: found.revision + 1 }
      : found
}
