import { fail } from './failures.ts'
import {
  shouldRenewAfter401,
  tokenAge,
  type StoredSession,
  type SignedIn,
} from './stored-session.ts'
import type { Platform } from './platform.ts'
import type { RefreshResult, Refresher } from './refresh.ts'
import type { SessionStore } from './session-store.ts'

/** What gives tokens that are worth sending. */
export interface TokenProvider {
  /** A session with a token that has not expired, renewed first where it has. Fails when noSession is signed in, or it cannot be renewed. */
  fresh(): Promise<SignedIn>
  /** Another token, after a server has refused this one; nothing where that would help noSession. */
  after(refused: SignedIn): Promise<SignedIn | undefined>
}

/** Makes a {@link TokenProvider}. What is only due is renewed behind the caller's back. */
export function createTokenProvider(
  store: SessionStore,
  refresher: Refresher,
  platform: Pick<Platform, 'now'>,
  share: number,
): TokenProvider {
  const age = (stored: SignedIn) => tokenAge(stored, platform.now(), share)
  return {
    async fresh() {
      const { stored } = store
      if (stored.status !== 'signed_in') throw fail('signed_out', { facts: { why: stored.why } })
      switch (age(stored)) {
        case 'fresh':
          return stored
        case 'due':
          void refresher.refresh((found) => age(found) !== 'fresh').catch(() => {})
          return stored
        case 'expired':
          return signedIn(await refresher.refresh((found) => age(found) !== 'fresh'))
      }
    },
    async after(refused) {
      const isNewer = (found: SignedIn) =>
        found.id !== refused.id || found.revision > refused.revision
      const { stored } = store
      if (stored.status === 'signed_in' && isNewer(stored)) return stored
      if (!shouldRenewAfter401(refused, platform.now())) return undefined
      const renewed = await refresher.refresh((found) => !isNewer(found), true)
      return renewed.stored.status === 'signed_in' && isNewer(renewed.stored)
        ? renewed.stored
        : undefined
    },
  }
}

function signedIn({ stored, failure }: RefreshResult): SignedIn {
  if (failure) throw failure
  if (stored.status === 'signed_in') return stored
  throw fail('signed_out', { facts: { why: stored.why } })
}

/** How a session's requests are sent. */
export interface FetchOptions {
  readonly mode: 'bearer' | 'cookie'
  readonly fetch: typeof globalThis.fetch
  /** Where the session may be sent. */
  readonly origins: ReadonlySet<string>
  /** What relative addresses are relative to. */
  base(): string
}

/**
 * Makes a `fetch` that shows the session. A request that is refused with 401 is sent once more, with another token, and never a third
 * time; a session goes to no origin but those that were named.
 */
export function createSessionFetch(
  { fresh, after }: TokenProvider,
  { mode, fetch, origins, base }: FetchOptions,
): typeof globalThis.fetch {
  const show = (request: Request, { tokens }: SignedIn): Request => {
    if (tokens) request.headers.set('authorization', `Bearer ${tokens.access}`)
    return request
  }
  return async (input, init) => {
    const credentials = mode === 'cookie' ? { credentials: 'include' as const } : {}
    const address = input instanceof Request ? input : new URL(input, base())
    const request = new Request(address, { ...init, ...credentials })
    const { origin } = new URL(request.url)
    if (!origins.has(origin)) throw fail('origin_not_allowed')
    const sent = await unlessAborted(request.signal, fresh())
    const spare = request.clone() // a body can be read once
    const response = await fetch(show(request, sent))
    if (response.status !== 401) return response
    const other = await unlessAborted(request.signal, after(sent))
    if (!other) return response
    await response.body?.cancel()
    return fetch(show(spare, other))
  }
}

/** Waits no longer than the caller does; what is waited for goes on for the others. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let stop = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop)
  })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop))
}

/** Whether the tokens of a session can be read by script. */
export function accessTokenOf(stored: StoredSession): string {
  if (stored.status !== 'signed_in') throw fail('signed_out', { facts: { why: stored.why } })
  if (!stored.tokens) throw fail('token_hidden')
  return stored.tokens.access
}
