import { systemClock, type Clock, type Seconds } from './clock.ts'
import { fail } from './failures.ts'
import { createFetchJson, type FetchedJson } from './fetch-json.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Header } from './jws.ts'
import type { VerificationKey } from './key.ts'
import { keysOf, localKeySet, type KeySource } from './key-set.ts'
import { assertOptions, type NamesOf } from './options.ts'
import { unknownMember } from './policy.ts'

/** How the keys of an issuer far away are fetched and kept. Every default is meant for production. */
export interface RemoteKeySetOptions {
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** The least time between two requests, in seconds, whatever is asked for; default 30. */
  readonly cooldown?: Seconds
  /** How long keys are used before they are looked up anew, where the answer does not say; default 600 s. What it says is kept within 60 s and a day. */
  readonly fresh?: Seconds
  /** How much longer keys are used while the issuer does not answer; default one hour, at most a week. */
  readonly maxStale?: Seconds
  /** How long a request may take, in seconds; default 5. */
  readonly timeout?: Seconds
  /** Told after each request how the set is doing, for metrics. Must not throw. */
  readonly onLookup?: (health: RemoteKeySetHealth) => void
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/** Every option of a remote key set. */
export const remoteKeySetNames = {
  fetch: true,
  cooldown: true,
  fresh: true,
  maxStale: true,
  timeout: true,
  onLookup: true,
  clock: true,
} as const satisfies NamesOf<RemoteKeySetOptions>

/** How a remote key set is doing: for health checks and metrics. */
export interface RemoteKeySetHealth {
  /** Whether {@link KeySource.find} can answer at all. */
  readonly usable: boolean
  /** Seconds since the keys in memory were last confirmed; `undefined` before the first answer. */
  readonly age: Seconds | undefined
  readonly keys: number
  /** Requests sent, and how many of them failed. */
  readonly requests: number
  readonly failed: number
  /** Why the last request failed, for the operator; `undefined` when it did not. */
  readonly problem: string | undefined
}

/** Keys of an issuer far away. Never waits when it is asked for a key; `refresh` is there to be awaited. */
export interface RemoteKeySet extends KeySource {
  /**
   * The one key in memory that fits. Keys that are due are looked up in the background. Fails with `key_set_unavailable` when
   * there are none that may be used, and when a key is unknown while the issuer does not answer: that token may well be good.
   */
  find(header: Header): VerificationKey | undefined
  /**
   * Looks the keys up now and waits. However many ask, one request is under way, and within `cooldown` of the last there is none:
   * whatever was looked for in vain is not looked for again until then. Fails with `key_set_unavailable` when nothing in
   * memory may be used afterwards. Await it once at start, and after `key_unknown`, then verify again.
   */
  refresh(): Promise<void>
  withdrawnAt(kid: string): Seconds | undefined
  health(): RemoteKeySetHealth
}

type Tally = { -readonly [name in 'requests' | 'failed' | 'problem']: RemoteKeySetHealth[name] }

interface Kept {
  readonly keys: readonly VerificationKey[]
  readonly source: KeySource
  readonly etag: string | undefined
  readonly confirmedAt: Seconds
  readonly freshUntil: Seconds
}

/**
 * Keys to verify with, from a JWKS at an address (RFC 7517, section 5): https, or http on this very machine. Redirects are not
 * followed, no credentials are sent, an answer is limited in time and size, and one that is no key set, or has no key that can
 * be used, changes nothing. Nothing is fetched before the first use. Fails with `policy_invalid`.
 *
 * The address is the program's own setting. Never take it from a token (RFC 8725, section 3.10).
 */
export function remoteKeySet(url: string | URL, options: RemoteKeySetOptions = {}): RemoteKeySet {
  const { clock, cooldown, fresh, maxStale } = checkOptions(options)
  const fetchJwks = createFetchJwks(url, options)

  let kept: Kept | undefined
  const withdrawn = new Map<string, Seconds>()
  const tally: Tally = { requests: 0, failed: 0, problem: undefined }

  const usable = () => (kept && clock.now() < kept.freshUntil + maxStale ? kept : undefined)
  const unavailable = () => unavailableAt(url, tally.problem)
  // without any keys every request is refused, so the issuer is asked again soon
  const pause = () => (usable() ? cooldown : Math.min(cooldown, 5))

  const lookUp = oneAtATime(pause, clock, async () => {
    tally.requests++
    try {
      const before = kept
      kept = keep(before, await fetchJwks(before?.etag), { now: clock.now(), fresh })
      noteWithdrawn(withdrawn, before?.keys ?? [], kept)
      tally.problem = undefined
    } catch (error) {
      tally.failed++
      tally.problem = problemOf(error)
    }
    options.onLookup?.(health())
  })
  const health = () => ({
    usable: usable() !== undefined,
    age: kept && clock.now() - kept.confirmedAt,
    keys: kept?.keys.length ?? 0,
    ...tally,
  })

  return Object.freeze({
    find(header: Header): VerificationKey | undefined {
      if (!kept || clock.now() >= kept.freshUntil) void lookUp()
      const keys = usable()
      if (!keys) throw unavailable()
      const key = keys.source.find(header)
      if (!key && tally.problem !== undefined) throw unavailable()
      return key
    },
    async refresh(): Promise<void> {
      await lookUp()
      if (!usable()) throw unavailable()
    },
    withdrawnAt: (kid: string) => withdrawn.get(kid),
    health,
  })
}

function createFetchJwks(url: string | URL, { fetch, timeout }: RemoteKeySetOptions) {
  const refused = (detail: string) => fail('jwks_invalid', { detail })
  return createFetchJson(url, { what: 'the key set', refused, fetch, timeout })
}

const withdrawnRemembered = 64 // an issuer that withdraws more within one process' life is changing them for sport

/** Notes when keys went, so that a refusal can be explained. */
function noteWithdrawn(
  withdrawn: Map<string, Seconds>,
  before: readonly VerificationKey[],
  { keys, confirmedAt }: Kept,
): void {
  for (const { id } of before)
    if (!keys.some((key) => key.id === id)) withdrawn.set(id, confirmedAt)
  for (const { id } of keys) withdrawn.delete(id)
  for (const id of withdrawn.keys()) {
    if (withdrawn.size <= withdrawnRemembered) return
    withdrawn.delete(id) // the oldest first
  }
}

/** What is kept after an answer. A key that did not change stays the same object, so that tokens it proved stay remembered. */
function keep(
  before: Kept | undefined,
  { json, etag, maxAge }: FetchedJson,
  { now, fresh }: { readonly now: Seconds; readonly fresh: Seconds },
): Kept {
  const times = { confirmedAt: now, freshUntil: now + (maxAge ?? fresh) }
  if (json === 'unchanged') {
    if (!before) throw fail('jwks_invalid', { detail: 'it is said to be unchanged, from nothing' })
    return { ...before, ...times }
  }
  const keys = keysOf(json).map(
    (key) =>
      before?.keys.find(
        (old) => old.id === key.id && old.algorithm === key.algorithm && old.key.equals(key.key),
      ) ?? key,
  )
  if (keys.length === 0) throw fail('jwks_invalid', { detail: 'it holds no key that can be used' })
  return { keys, source: localKeySet(keys), etag, ...times }
}

/** No keys, and for the operator from where none came and why. */
export function unavailableAt(address: string | URL, problem: string | undefined) {
  return fail('key_set_unavailable', { facts: { address: String(address), problem } })
}

/** Why a request failed, in words for the operator. `fetch` hides the reason in the cause of its error; of a name with several addresses there is only a code. */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed'
  const { message, cause } = error
  if (!(cause instanceof Error)) return message
  return `${message}: ${cause.message || ('code' in cause ? String(cause.code) : cause.name)}`
}

function checkOptions(options: RemoteKeySetOptions) {
  assertOptions(options, remoteKeySetNames, unknownMember)
  const { clock = systemClock, cooldown = 30, fresh = 600, maxStale = 3600 } = options
  assertWithin('cooldown', cooldown, 1, 3600)
  assertWithin('fresh', fresh, 60, 86_400)
  assertWithin('maxStale', maxStale, 0, 604_800)
  return { clock, cooldown, fresh, maxStale }
}

function assertWithin(member: string, value: number, least: number, most: number): void {
  if (typeof value === 'number' && value >= least && value <= most) return // NaN is neither
  throw fail('policy_invalid', { detail: `${member} must be a number from ${least} to ${most}` })
}
