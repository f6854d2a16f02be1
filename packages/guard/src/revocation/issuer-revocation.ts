import type { ProvenClaims } from '@countersign/token'
import { assertOptions, steadyClock, type NamesOf, type Seconds } from '@countersign/token/internal'
import { fail, guardInvalid } from '../failures.ts'
import type { TokenStatus } from './check-revocation.ts'
import type { ListSigner } from './list-copy.ts'
import { fromSource, type RevocationSource } from './revocation-source.ts'
import { parseStatusClaim } from './status-claim.ts'
import type { StatusListEvent, StatusListHealth, StatusLists } from './status-lists.ts'
import { syncList, type SyncedList, type SyncListOptions } from './sync-list.ts'

/**
 * The options of a guard's check for revoked tokens: how it learns which tokens its issuer has revoked, and what it does while it cannot.
 *
 * @example
 * import { createGuard, type RevocationOptions } from '@countersign/guard'
 *
 * const revocation: RevocationOptions = { source: 'poll', maxStale: 600, whenStale: 'accept' }
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', revocation })
 */
export interface RevocationOptions {
  /**
   * `feed` (the default): changes are pushed within milliseconds, and polled for while the feed is disconnected. `poll`: the list is loaded
   * periodically, for issuers without a feed. Or a source in this process, such as our own server's: no network at all.
   */
  readonly source?: 'feed' | 'poll' | RevocationSource
  /**
   * The maximum number of seconds for which a list may be used without confirmation; default: the ttl that the issuer gives it. From 10 to a week.
   */
  readonly maxStale?: Seconds
  /** Beyond that: `refuse` (the default) answers 503, `accept` admits tokens until they expire. A token known to be revoked stays refused. */
  readonly whenStale?: 'refuse' | 'accept'
  /**
   * The URL of a relay (`countersign relay`), which serves the lists and the feed instead of the issuer; keys still come from the issuer. Plain http
   * is safe for it, because everything that a relay sends is signed by the issuer: a relay can withhold, and not forge. Default: none.
   */
  readonly relay?: string
  /** True if a token without a status list is refused; default true: an issuer that publishes lists writes one into every token. */
  readonly required?: boolean
}

const names = {
  source: true,
  maxStale: true,
  whenStale: true,
  relay: true,
  required: true,
} as const satisfies NamesOf<RevocationOptions>

/**
 * The check of a guard for revoked tokens: by the issuer's feed, by polling, not at all (the default), or in detail.
 *
 * @example
 * import { createGuard, type Revocation } from '@countersign/guard'
 *
 * const revocation: Revocation = 'feed'
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', revocation })
 */
export type Revocation = 'feed' | 'poll' | 'none' | RevocationOptions

/** The revocations of one issuer. */
export interface IssuerRevocation {
  /** Returns the status of a verified token; `undefined` for a token that needs none. Fails with `status_unusable` and `status_missing`. */
  statusOf(claims: ProvenClaims): TokenStatus | undefined
  health(): readonly StatusListHealth[]
  close(): void
}

/** The parts that the revocation of one issuer is made of. */
export interface RevocationParts extends Pick<SyncListOptions, 'fetch' | 'clock' | 'timer'> {
  /** The one origin that may be asked over plain http. */
  readonly allowInsecureHttp?: string | undefined
  readonly issuer: string
  /** Verifies the issuer's lists; `undefined` if only an in-process source is possible. */
  readonly signer: ListSigner | undefined
  /** See {@link TokenStatus}. */
  readonly verifiedAt: () => Seconds
  readonly onListEvent: (event: StatusListEvent, list: StatusListHealth) => void
  /** The maximum lifetime of a token: a list that no token has named for longer is dropped. */
  readonly maxLifetime: Seconds
}

/** Creates the revocation of one issuer; `undefined` for `none`. Fails with `guard_invalid`. */
export function createRevocation(
  revocation: Revocation,
  parts: RevocationParts,
): IssuerRevocation | undefined {
  if (revocation === 'none') return undefined
  const options = typeof revocation === 'string' ? { source: revocation } : revocation
  const { source = 'feed', whenStale = 'refuse', required = true } = checked(options)
  const lists =
    typeof source === 'string'
      ? syncLists({ ...options, source, whenStale }, parts)
      : fromSource(source)
  const policy = { verifiedAt: parts.verifiedAt, acceptsStale: whenStale === 'accept' }

  return {
    statusOf(claims) {
      const claim = parseStatusClaim(claims, typeof source === 'string' ? parts.issuer : undefined)
      if (claim) return { list: lists.listAt(claim.uri), index: claim.index, policy }
      if (required) throw fail('status_missing')
      return undefined
    },
    health: lists.health,
    close: lists.close,
  }
}

const maxLists = 64 // for each issuer, with half a million sessions or more in each

interface Entry {
  readonly list: SyncedList
  lastNamedAt: Seconds
}

const needed = 'an issuer whose keys are known, or a source in this process'

/** Synchronizes each list that a token names, from the first time on. */
function syncLists(
  { source, whenStale, maxStale, relay }: RevocationOptions & { readonly source: 'feed' | 'poll' },
  parts: RevocationParts,
): StatusLists {
  const { signer, timer, maxLifetime } = parts
  const steady = steadyClock(parts.clock)
  if (!signer) throw guardInvalid(`revocation needs ${needed}`)
  const entries = new Map<string, Entry>()
  const options = { ...parts, signer, source, maxStale, endsWhenStale: whenStale === 'refuse' }
  const locate = locationOf(parts, relay)
  let cancelTimer: (() => void) | undefined
  let closed = false

  function tick(): void {
    for (const [uri, { list, lastNamedAt }] of entries) {
      if (steady.now() > lastNamedAt + maxLifetime) {
        list.close() // every token that named it has expired
        entries.delete(uri)
      } else list.tick()
    }
    cancelTimer = entries.size > 0 ? timer.after(1, tick) : undefined
  }

  return {
    listAt(uri) {
      if (closed) throw fail('revocation_unknown', { detail: 'the guard was closed' })
      const known = entries.get(uri)
      if (known) {
        known.lastNamedAt = steady.now()
        return known.list
      }
      if (entries.size >= maxLists)
        throw fail('revocation_unknown', { detail: `more than ${maxLists} lists are in use` })
      const list = syncList(locate(uri), options)
      entries.set(uri, { list, lastNamedAt: steady.now() })
      cancelTimer ??= timer.after(1, tick)
      return list
    },
    health: () => [...entries.values()].map(({ list }) => list.health()),
    close() {
      closed = true
      cancelTimer?.()
      for (const { list } of entries.values()) list.close()
    },
  }
}

/**
 * Returns the function that locates a list: at its own URL, which is below that of the issuer, or at the same path below that of a relay. A relay
 * may be plain http, because everything that it sends is signed.
 */
function locationOf({ issuer, allowInsecureHttp }: RevocationParts, relay: string | undefined) {
  if (relay === undefined) return (uri: string) => ({ uri, address: uri, allowInsecureHttp })
  const [issuerBase, relayBase] = [issuer, relay].map((url) => new URL(url).href.replace(/\/$/, ''))
  const { protocol, origin } = new URL(relay)
  const insecure = protocol === 'http:' ? origin : undefined
  return (uri: string) => ({
    uri,
    address: `${relayBase}${uri.slice(issuerBase?.length)}`,
    allowInsecureHttp: insecure,
  })
}

function checked(options: RevocationOptions): RevocationOptions {
  assertOptions(options, names, invalid)
  const { source = 'feed', whenStale = 'refuse', maxStale = 10, relay } = options
  const isSource = source === 'feed' || source === 'poll' || typeof source?.statusOf === 'function'
  if (!isSource) throw invalid("source must be 'feed', 'poll' or a source in this process")
  if (whenStale !== 'refuse' && whenStale !== 'accept')
    throw invalid("whenStale must be 'refuse' or 'accept'")
  if (!(maxStale >= 10 && maxStale <= 604_800))
    // below, one lost heartbeat would make it stale
    throw invalid('maxStale must be a number from 10 to 604800')
  if (relay !== undefined && (typeof source !== 'string' || !isPlainUrl(relay)))
    throw invalid(
      'relay must be an http or https URL without user, query and fragment, of a feed or poll',
    )
  return options
}

function isPlainUrl(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text) || /[?#@]/.test(text)) return false
  return /^https?:$/.test(new URL(text).protocol)
}

const invalid = (detail: string) => guardInvalid(`its revocation: ${detail}`)
