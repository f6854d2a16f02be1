import { generateKey, toJwks, type ProvenClaims, type SigningKey } from '@countersign/token'
import { assertOptions, type NamesOf, type SignableClaims } from '@countersign/token/internal'
import { fixedClock, throwawayKey, type FixedClock } from '@countersign/token/testing'
import { guardInvalid } from '../failures.ts'
import { createGuard } from '../guard.ts'
import type { Guard } from '../guard-interface.ts'
import type { TrustedIssuer } from '../issuers/issuer-context.ts'
import type { GuardSettings } from '../options.ts'
import type { Principal } from '../principal.ts'
import { createTestBoundClient, type TestBoundClient } from './test-bound-client.ts'
import { createTestApiTokens, type TestApiTokens } from './test-api-tokens.ts'
import { createSignWith, spoiled, type BadToken } from './test-tokens.ts'
import {
  createTestStatusLists,
  type TestRevocation,
  type TestStatusLists,
} from './test-status-lists.ts'

export type { BadToken, TestBoundClient, TestRevocation }

/** An issuer in memory, for tests of guarded routes: no socket, no waiting, no real time. */
export interface TestIssuer {
  readonly url: string
  readonly audience: string
  /** The clock of its guards: move it with `clock.advance(seconds)`. */
  readonly clock: FixedClock
  /** Creates a guard that trusts this issuer, and requests its keys as from a real one. It prints no refusals, unless `settings` have a listener. */
  guard<C = ProvenClaims>(
    settings?: GuardSettings<C> & Pick<TrustedIssuer, 'apiTokens'>,
  ): Guard<Principal<C>>
  /** Signs a token that is good for 15 minutes, with the subject `ada` unless the claims name another. */
  token(claims?: Partial<SignableClaims>): string
  /**
   * Creates an API token, which guards with `apiTokens` exchange for an access token with these claims. `revoke` revokes it, and
   * `changeApiToken` gives it other claims, as a change of scopes or roles does.
   */
  apiToken(claims?: Partial<SignableClaims>): string
  changeApiToken(apiToken: string, claims: Partial<SignableClaims>): Promise<void>
  /** The number of exchanges of API tokens. */
  readonly exchanges: number
  /** Signs or spoils a token that is refused for this fault. */
  badToken(fault: BadToken, claims?: Partial<SignableClaims>): string
  /** Creates a client with a key of its own, whose tokens are bound to it (DPoP): with `headers` it sends a token and a proof. */
  boundClient(): TestBoundClient
  /** Responds as the issuer does: pass it to `createGuard` for a guard with other options. */
  readonly fetch: typeof fetch
  /** The number of requests for its keys. */
  readonly keyRequests: number
  /**
   * Revokes a token, as a logout does: guards of this issuer with `revocation` refuse it once this resolves. A guard that gets its requests over
   * real sockets may need a moment more.
   */
  revoke(token: string): Promise<void>
  /** The issuer's status list and its feed, and their faults. */
  readonly revocation: TestRevocation
  /** Waits until guards in this process have received all pending events. */
  settle(): Promise<void>
  /** Signs with a new key from now on, and retires the old ones unless they are kept. */
  rotate(options?: { readonly keepOld?: boolean }): void
  /** The response of the issuer to requests: `slow` waits until it is `up` again, or until the request is aborted. */
  network: 'up' | 'down' | 'slow' | 'failing'
}

/**
 * The options of a test issuer.
 *
 * @example
 * import { createTestIssuer, type TestIssuerOptions } from '@countersign/guard/testing'
 *
 * const options: TestIssuerOptions = { url: 'https://auth.example.com', audience: 'https://api.example.com' }
 * console.log(createTestIssuer(options).url) // https://auth.example.com
 */
export interface TestIssuerOptions {
  readonly url?: string
  readonly audience?: string
  /** The time of its clock at the start, in seconds since 1970. */
  readonly now?: number
}

const names = { url: true, audience: true, now: true } satisfies NamesOf<TestIssuerOptions>

/**
 * Creates an issuer for tests. Every default is fixed, so that a test shows only its own data.
 *
 * @example
 * import { fetchGuard } from '@countersign/guard/fetch'
 * import { createTestIssuer } from '@countersign/guard/testing'
 *
 * const issuer = createTestIssuer()
 * const handler = fetchGuard(issuer.guard(), undefined, (_, { subject }) => new Response(subject))
 * const request = (token: string) =>
 *   new Request('https://api.example/', { headers: { authorization: `Bearer ${token}` } })
 *
 * console.log((await handler(request(issuer.token()))).status) // 200
 * console.log((await handler(request(issuer.badToken('expired')))).status) // 401
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  assertOptions(options, names, guardInvalid)
  const { url = 'https://issuer.example', audience = 'https://api.example' } = options
  const { now = 1_800_000_000 } = options
  const clock = fixedClock(now)
  let keys: readonly SigningKey[] = [throwawayKey()]
  const active = () => keys.at(-1) ?? throwawayKey()
  const lists = createTestStatusLists(url, active, clock)
  const signWith = createSignWith({ url, audience, clock, lists })
  const sign = (claims?: Partial<SignableClaims>) => signWith(active())(claims)
  const apiTokens = createTestApiTokens(sign, audience, lists.revoke)
  const { exchange, publicKey } = apiTokens
  const network = createNetwork(url, () => keys, { ...lists, exchange, publicKey })
  const onEvent = () => undefined // tests refuse on purpose, so a refusal is not printed
  const trust = { issuer: url, audience, clock, timer: clock, fetch: network.fetch, onEvent }
  return {
    ...toRevoking(lists, apiTokens),
    url,
    audience,
    clock,
    fetch: network.fetch,
    guard: (settings = {}) => createGuard({ ...trust, ...settings }),
    token: sign,
    apiToken: (claims = {}) => apiTokens.create(claims),
    get exchanges() {
      return apiTokens.exchanges
    },
    boundClient: () => createTestBoundClient(sign, clock),
    badToken: (fault, claims) => spoiled(fault, signWith, active(), claims),
    get keyRequests() {
      return network.keyRequests()
    },
    rotate({ keepOld = false } = {}) {
      keys = [...(keepOld ? keys : []), generateKey('ES256')]
    },
    get network() {
      return network.state()
    },
    set network(next) {
      network.set(next)
    },
  }
}

/** Creates the network between a guard and the issuer, the issuer's two documents and its status list. */
function createNetwork(
  url: string,
  keys: () => readonly SigningKey[],
  parts: Pick<TestStatusLists, 'answer' | 'cut'> & Pick<TestApiTokens, 'exchange' | 'publicKey'>,
) {
  const waiting = new Set<() => void>()
  let state: TestIssuer['network'] = 'up'
  let keyRequests = 0
  const respond: typeof fetch = async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : input).pathname
    if (path === '/jwks') keyRequests++
    if (state === 'slow') await untilUp(waiting, init?.signal)
    if (state === 'down') throw new TypeError('fetch failed')
    if (state === 'failing') return new Response('', { status: 500 })
    if (path === '/jwks') return Response.json(toJwks(keys()))
    if (path === '/oauth/token') return parts.exchange(await formOf(input, init))
    const listResponse = parts.answer(
      path,
      init ?? (input instanceof Request ? toInit(input) : undefined),
    )
    if (listResponse) return listResponse
    if (!path.startsWith('/.well-known/oauth-')) return new Response('', { status: 404 })
    const at = (place: string) => new URL(place, url)
    return Response.json({
      issuer: url,
      jwks_uri: at('/jwks'),
      token_endpoint: at('/oauth/token'),
      countersign_api_token_key: parts.publicKey,
    })
  }
  return {
    fetch: respond,
    state: () => state,
    keyRequests: () => keyRequests,
    set(next: TestIssuer['network']) {
      state = next
      if (next === 'slow') return
      if (next !== 'up') parts.cut()
      for (const go of waiting) go()
      waiting.clear()
    },
  }
}

async function formOf(
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
): Promise<URLSearchParams> {
  return new URLSearchParams(await new Request(input, init).text())
}

function toInit({ headers, signal }: Request): RequestInit {
  return { headers, signal }
}

function toRevoking({ revoke, revocation }: TestStatusLists, apiTokens: TestApiTokens) {
  return {
    revocation,
    settle,
    async revoke(token: string) {
      if (!apiTokens.revoke(token)) revoke(token)
      await settle()
    },
    async changeApiToken(apiToken: string, claims: Partial<SignableClaims>) {
      apiTokens.change(apiToken, claims)
      await settle()
    },
  }
}

const turns = 10 // of the event loop; an event passes through a stream or two and a signature

async function settle(): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function untilUp(waiting: Set<() => void>, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.add(resolve)
    signal?.addEventListener('abort', () => reject(signal.reason as Error))
  })
}
