import { generateKey, toJwks, type ProvenClaims, type SigningKey } from '@countersign/token'
import { assertOptions, type NamesOf, type SignableClaims } from '@countersign/token/internal'
import { fixedClock, throwawayKey, type FixedClock } from '@countersign/token/testing'
import { invalid } from './assert-options.ts'
import { createGuard, type Guard } from './guard.ts'
import type { GuardSettings } from './guard-settings.ts'
import type { Principal } from './principal.ts'
import { createSignWith, spoiled, type BadToken } from './test-tokens.ts'
import {
  createTestStatusLists,
  type TestRevocation,
  type TestStatusLists,
} from './test-status-lists.ts'

export type { BadToken, TestRevocation }

/** An issuer in memory, for tests of the routes that a guard stands before: no socket, no waiting, no real time. */
export interface TestIssuer {
  readonly url: string
  readonly audience: string
  /** The time that its guards go by: wind it with `clock.advance(seconds)`. */
  readonly clock: FixedClock
  /** A guard that believes this issuer and asks it for keys as it would ask a real one. */
  guard<C = ProvenClaims>(settings?: GuardSettings<C>): Guard<Principal<C>>
  /** A token that is good now, for 15 minutes: about `ada`, unless the claims say otherwise. */
  token(claims?: Partial<SignableClaims>): string
  /** A token that is refused, and why. */
  badToken(fault: BadToken, claims?: Partial<SignableClaims>): string
  /** Answers as the issuer does: hand it to `createGuard` for a guard of your own making. */
  readonly fetch: typeof fetch
  /** How often its keys were asked for. */
  readonly keyRequests: number
  /**
   * Revokes a token, as a logout does: guards of this issuer with `revocation` refuse it once this is done. A guard that is asked over
   * real sockets may need a moment more.
   */
  revoke(token: string): Promise<void>
  /** What guards are told of revoked tokens, and what may go wrong with it. */
  readonly revocation: TestRevocation
  /** Waits until guards in this process have taken in what there is to hear. */
  settle(): Promise<void>
  /** Signs with a new key from now on, and withdraws the old ones unless they are kept. */
  rotate(options?: { readonly keepOld?: boolean }): void
  /** What the issuer does when it is asked: `slow` answers when it is `up` again, or when the one who asks gives up. */
  network: 'up' | 'down' | 'slow' | 'failing'
}

/** Where and when a test issuer lives. */
export interface TestIssuerOptions {
  readonly url?: string
  readonly audience?: string
  /** The present, in seconds since 1970, until the clock is wound. */
  readonly now?: number
}

const names = { url: true, audience: true, now: true } satisfies NamesOf<TestIssuerOptions>

/** Makes an issuer for tests. Every default is fixed, so that a test shows only what it is about. */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  assertOptions(options, names, invalid)
  const { url = 'https://issuer.example', audience = 'https://api.example' } = options
  const { now = 1_800_000_000 } = options
  const clock = fixedClock(now)
  let keys: readonly SigningKey[] = [throwawayKey()]
  const active = () => keys.at(-1) ?? throwawayKey()
  const lists = createTestStatusLists(url, active, clock)
  const network = createNetwork(url, () => keys, lists)
  const signWith = createSignWith({ url, audience, clock, lists })
  return {
    ...toRevoking(lists),
    url,
    audience,
    clock,
    fetch: network.fetch,
    guard: (settings = {}) =>
      createGuard({
        issuer: url,
        audience,
        clock,
        timer: clock,
        fetch: network.fetch,
        ...settings,
      }),
    token: (claims) => signWith(active())(claims),
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
      network.turn(next)
    },
  }
}

/** What lies between a guard and the issuer, the issuer's two documents and its status list. */
function createNetwork(
  url: string,
  keys: () => readonly SigningKey[],
  lists: Pick<TestStatusLists, 'answer' | 'cut'>,
) {
  const waiting = new Set<() => void>()
  let state: TestIssuer['network'] = 'up'
  let keyRequests = 0
  const answer: typeof fetch = async (input, init) => {
    const path = new URL(input instanceof Request ? input.url : input).pathname
    if (path === '/jwks') keyRequests++
    if (state === 'slow') await untilUp(waiting, init?.signal)
    if (state === 'down') throw new TypeError('fetch failed')
    if (state === 'failing') return new Response('', { status: 500 })
    if (path === '/jwks') return Response.json(toJwks(keys()))
    const told = lists.answer(path, init ?? (input instanceof Request ? toInit(input) : undefined))
    if (told) return told
    if (!path.startsWith('/.well-known/oauth-')) return new Response('', { status: 404 })
    return Response.json({ issuer: url, jwks_uri: new URL('/jwks', url) })
  }
  return {
    fetch: answer,
    state: () => state,
    keyRequests: () => keyRequests,
    turn(next: TestIssuer['network']) {
      state = next
      if (next === 'slow') return
      if (next !== 'up') lists.cut()
      for (const go of waiting) go()
      waiting.clear()
    },
  }
}

function toInit({ headers, signal }: Request): RequestInit {
  return { headers, signal }
}

function toRevoking({ revoke, revocation }: TestStatusLists) {
  return {
    revocation,
    settle,
    async revoke(token: string) {
      revoke(token)
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
