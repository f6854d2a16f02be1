import { steadyClock, systemClock, type Clock, type Seconds } from '../lib/clock.ts'
import { fail, unknownMember } from '../failures.ts'
import { createFetchJson, problemOf, type FetchedJson } from '../lib/fetch-document.ts'
import { singleFlightWithCooldown } from '../lib/single-flight.ts'
import type { Header } from '../jws/compact.ts'
import type { VerificationKey } from '../jwk/key.ts'
import { isUndeclared } from '../jwk/undeclared-algorithm.ts'
import type { Algorithm } from '../jws/algorithms.ts'
import { keysOf } from './key-document.ts'
import { localKeySet, type KeySource } from './key-set.ts'
import { assertOptions, type NamesOf } from '../lib/options.ts'

/** The options of {@link remoteKeySet}: how the keys of a remote issuer are fetched and cached. The defaults are meant for production. */
export interface RemoteKeySetOptions {
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** The minimum time between two requests, in seconds; default 30. */
  readonly cooldown?: Seconds
  /**
   * The time for which keys are used before they are fetched again, in seconds, if the answer has no max-age; default 600. A max-age is clamped to a
   * minute and a day.
   */
  readonly fresh?: Seconds
  /** The further time for which keys are used while the issuer does not answer, in seconds; default one hour, at most a week. */
  readonly maxStale?: Seconds
  /** The maximum duration of a request, in seconds; default 5. */
  readonly timeout?: Seconds
  /**
   * The one origin that may be asked over plain http, such as `http://keycloak:8080` inside a cluster. An attacker on that network can forge
   * every token. Default: none; https, or http on loopback.
   */
  readonly allowInsecureHttp?: string
  /** Called after each request with the state of the key set, for metrics. Must not throw. */
  readonly onLookup?: (health: RemoteKeySetHealth) => void
  /** Default: {@link systemClock}. */
  readonly clock?: Clock
}

/** Every option of a remote key set. */
export const remoteKeySetNames = {
  fetch: true,
  cooldown: true,
  fresh: true,
  maxStale: true,
  timeout: true,
  allowInsecureHttp: true,
  onLookup: true,
  clock: true,
} as const satisfies NamesOf<RemoteKeySetOptions>

/** The state of a remote key set, for health checks and metrics. */
export interface RemoteKeySetHealth {
  /** True if there are keys that may be used. */
  readonly usable: boolean
  /** Seconds since the keys in memory were last confirmed; `undefined` before the first answer. */
  readonly age: Seconds | undefined
  readonly keys: number
  /** Requests sent, and how many of them failed. */
  readonly requests: number
  readonly failed: number
  /** The reason why the last request failed, for the operator; `undefined` if it did not. */
  readonly problem: string | undefined
}

/**
 * The keys of a remote issuer. Lookups never wait; await `refresh` to fetch keys.
 *
 * @example
 * import { remoteKeySet, type RemoteKeySet } from '@countersign/token'
 *
 * const keys: RemoteKeySet = remoteKeySet('https://issuer.example/.well-known/jwks.json')
 * // Nothing is fetched before the first lookup or refresh.
 * console.log(keys.health().usable) // false
 */
export interface RemoteKeySet extends KeySource {
  /**
   * Returns the one key in memory that matches a header. Keys that are no longer fresh are fetched in the background. Fails with
   * `key_set_unavailable` if there are no keys that may be used, and also if the key is unknown while the issuer does not answer: the token may be valid.
   */
  find(header: Header, allowed?: ReadonlySet<Algorithm>): VerificationKey | undefined
  /**
   * Fetches the keys now and waits. Concurrent calls share one request, and within `cooldown` of the last request there is none,
   * so a flood of unknown key ids causes no flood of requests. Fails with `key_set_unavailable` if there are no keys that may be used
   * afterwards. Await it once at start, and after `key_unknown`; then verify again. With `changed` it ignores the cooldown, and fails if the
   * request does.
   */
  refresh(options?: { readonly changed?: boolean }): Promise<void>
  removedAt(kid: string): Seconds | undefined
  health(): RemoteKeySetHealth
}

type RequestStats = {
  -readonly [name in 'requests' | 'failed' | 'problem']: RemoteKeySetHealth[name]
}

interface CachedKeys {
  readonly keys: readonly VerificationKey[]
  readonly source: KeySource
  readonly etag: string | undefined
  readonly confirmedAt: Seconds
  readonly freshUntil: Seconds
}

/**
 * Makes a key set from a JWKS at a URL (RFC 7517, section 5): https, or http on loopback or at `allowInsecureHttp`. It follows no redirects, sends no
 * credentials, and limits time and size of an answer. An answer that is not a key set, or has no usable key, changes nothing. Nothing is
 * fetched before the first use. Fails with `policy_invalid`.
 *
 * The URL must come from the program's configuration, never from a token (RFC 8725, section 3.10).
 *
 * @example
 * import { createVerifier, remoteKeySet } from '@countersign/token'
 *
 * const keys = remoteKeySet('https://issuer.example/.well-known/jwks.json')
 * const verifier = createVerifier({
 *   issuer: 'https://issuer.example',
 *   audience: 'api',
 *   algorithms: ['ES256'],
 *   keys,
 * })
 */
export function remoteKeySet(url: string | URL, options: RemoteKeySetOptions = {}): RemoteKeySet {
  const { clock, cooldown, fresh, maxStale } = checkOptions(options)
  const fetchJwks = createFetchJwks(url, options)

  let cached: CachedKeys | undefined
  const removed = new Map<string, Seconds>()
  const stats: RequestStats = { requests: 0, failed: 0, problem: undefined }

  const usable = () => (cached && clock.now() < cached.freshUntil + maxStale ? cached : undefined)
  const unavailable = () => keySetUnavailable(url, stats.problem)
  const pause = () => (usable() ? cooldown : Math.min(cooldown, maxCooldownWithoutKeys))

  async function fetchKeys(): Promise<void> {
    stats.requests++
    try {
      const before = cached
      cached = toCachedKeys(before, await fetchJwks(before?.etag), { now: clock.now(), fresh })
      recordRemovals(removed, before?.keys ?? [], cached)
      stats.problem = undefined
    } catch (error) {
      stats.failed++
      stats.problem = problemOf(error)
    }
    options.onLookup?.(health())
  }
  const lookUp = singleFlightWithCooldown(fetchKeys, { clock, cooldown: pause })
  const health = () => ({ usable: usable() !== undefined, ...ageAndSize(cached, clock), ...stats })

  return Object.freeze({
    find(header: Header, allowed?: ReadonlySet<Algorithm>): VerificationKey | undefined {
      if (!cached || clock.now() >= cached.freshUntil) void lookUp()
      const keys = usable()
      if (!keys) throw unavailable()
      const key = keys.source.find(header, allowed)
      if (!key && stats.problem !== undefined) throw unavailable()
      return key
    },
    async refresh({ changed = false } = {}): Promise<void> {
      await lookUp(changed)
      if (!usable() || (changed && stats.problem !== undefined)) throw unavailable()
    },
    removedAt: (kid: string) => removed.get(kid),
    health,
  })
}

function ageAndSize(cached: CachedKeys | undefined, clock: Clock) {
  return {
    age: cached && clock.now() - cached.confirmedAt,
    keys: cached?.keys.length ?? 0,
  }
}

function createFetchJwks(url: string | URL, options: RemoteKeySetOptions) {
  const { fetch, timeout, allowInsecureHttp } = options
  const refused = (detail: string) => fail('jwks_invalid', { detail })
  return createFetchJson(url, { what: 'the key set', refused, fetch, timeout, allowInsecureHttp })
}

const maxCooldownWithoutKeys = 5 // seconds; without keys every token is rejected, so the issuer is asked again soon
const maxRemovedIds = 64 // far more than an issuer removes in the lifetime of a process

/** Records when keys were removed, so that a rejection can be explained. */
function recordRemovals(
  removed: Map<string, Seconds>,
  before: readonly VerificationKey[],
  { keys, confirmedAt }: CachedKeys,
): void {
  for (const { id } of before) if (!keys.some((key) => key.id === id)) removed.set(id, confirmedAt)
  for (const { id } of keys) removed.delete(id)
  for (const id of removed.keys()) {
    if (removed.size <= maxRemovedIds) return
    removed.delete(id) // the oldest first
  }
}

/** Merges an answer into the cached keys. An unchanged key stays the same object, so that tokens verified with it stay in the cache. */
function toCachedKeys(
  before: CachedKeys | undefined,
  { json, etag, maxAge }: FetchedJson,
  { now, fresh }: { readonly now: Seconds; readonly fresh: Seconds },
): CachedKeys {
  const times = { confirmedAt: now, freshUntil: now + (maxAge ?? fresh) }
  if (json === 'unchanged') {
    if (!before)
      throw fail('jwks_invalid', {
        detail: 'the answer is 304 Not Modified, but no keys are cached',
      })
    return { ...before, ...times }
  }
  const keys = keysOf(json).map(
    (key) =>
      before?.keys.find(
        (old) =>
          old.id === key.id &&
          old.algorithm === key.algorithm &&
          isUndeclared(old) === isUndeclared(key) &&
          old.key.equals(key.key),
      ) ?? key,
  )
  if (keys.length === 0) throw fail('jwks_invalid', { detail: 'it contains no usable key' })
  return { keys, source: localKeySet(keys), etag, ...times }
}

/** Makes the failure of a key set without keys; its facts say for the operator which URL and why. */
export function keySetUnavailable(address: string | URL, problem: string | undefined) {
  return fail('key_set_unavailable', { facts: { address: String(address), problem } })
}

function checkOptions(options: RemoteKeySetOptions) {
  assertOptions(options, remoteKeySetNames, unknownMember)
  const { clock = systemClock, cooldown = 30, fresh = 600, maxStale = 3600 } = options
  assertWithin('cooldown', cooldown, 1, 3600)
  assertWithin('fresh', fresh, 60, 86_400)
  assertWithin('maxStale', maxStale, 0, 604_800)
  return { clock: steadyClock(clock), cooldown, fresh, maxStale }
}

function assertWithin(member: string, value: number, min: number, max: number): void {
  if (typeof value === 'number' && value >= min && value <= max) return // NaN is neither
  throw fail('policy_invalid', { detail: `${member} must be a number from ${min} to ${max}` })
}
