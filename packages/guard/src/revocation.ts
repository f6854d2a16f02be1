import type { ProvenClaims } from '@countersign/token'
import { assertOptions, type NamesOf, type Seconds } from '@countersign/token/internal'
import { fail } from './failures.ts'
import { followList, type FollowedList, type FollowListOptions } from './follow-list.ts'
import type { ListIssuer } from './load-list.ts'
import { watchSource, type RevocationSource } from './revocation-source.ts'
import type { ListNews, Lists, StatusListHealth, WatchedList } from './watched-list.ts'
import { statusClaimOf } from './status-claim.ts'

/** How a guard learns what its issuer has revoked, and what it does while it cannot. */
export interface RevocationOptions {
  /**
   * `feed` (the default): changes are pushed within milliseconds, and polled for while the feed is cut. `poll`: the list is loaded again and
   * again, for issuers without a feed. Or a source in this very process, such as our own server's: no network at all.
   */
  readonly source?: 'feed' | 'poll' | RevocationSource
  /** For how many seconds a list is gone by that nobody has confirmed; default: the ttl that the issuer gives it. From 10 to a week. */
  readonly maxStale?: Seconds
  /** Beyond that: `refuse` (the default) answers 503, `accept` lets tokens in until they end. What is known to be revoked stays refused. */
  readonly whenStale?: 'refuse' | 'accept'
  /** Whether a token that names no status list is refused; default true: an issuer that publishes lists writes one into every token. */
  readonly required?: boolean
}

const names = {
  source: true,
  maxStale: true,
  whenStale: true,
  required: true,
} as const satisfies NamesOf<RevocationOptions>

/** Whether a guard looks for revoked tokens: by the issuer's feed, by polling, not at all (the default), or in detail. */
export type Revocation = 'feed' | 'poll' | 'none' | RevocationOptions

/** Where one token's status is looked up. */
export interface StatusReference {
  readonly list: WatchedList
  readonly index: number
}

/** The revoked tokens of one issuer. */
export interface IssuerRevocation {
  /** Where a verified token's status stands; nothing for one that may do without. Fails with the codes of {@link statusClaimOf}, and `status_missing`. */
  referenceOf(claims: ProvenClaims): StatusReference | undefined
  /**
   * Throws `token_revoked`, and `revocation_unknown` for a status that nobody can tell. `last` when no list can be loaded before the answer.
   * Fails with `status_index_unknown`.
   */
  assertGood(reference: StatusReference, last: boolean): void
  health(): readonly StatusListHealth[]
  close(): void
}

/** What the revocation of one issuer is made of. */
export interface RevocationParts extends Pick<FollowListOptions, 'fetch' | 'clock' | 'timer'> {
  readonly issuer: string
  /** Who believes its lists; nobody where only a source in this process will do. */
  readonly lists: ListIssuer | undefined
  /** The time that the verifier has just judged the token by: looking at a clock again would cost more than all the rest. */
  readonly judgedAt: () => Seconds
  readonly onNews: (news: ListNews, list: StatusListHealth) => void
  /** How long a token may live: a list that no token has named for longer is let go. */
  readonly maxLifetime: Seconds
}

/** Makes the revocation of one issuer; none for `none`. Fails with `guard_invalid`. */
export function createRevocation(
  chosen: Revocation,
  parts: RevocationParts,
): IssuerRevocation | undefined {
  if (chosen === 'none') return undefined
  const options = typeof chosen === 'string' ? { source: chosen } : chosen
  const { source = 'feed', whenStale = 'refuse', required = true } = checked(options)
  const lists =
    typeof source === 'string'
      ? followAll({ ...options, source, whenStale }, parts)
      : watchSource(source)
  const accepts = whenStale === 'accept'

  return {
    referenceOf(claims) {
      const claim = statusClaimOf(claims, typeof source === 'string' ? parts.issuer : undefined)
      if (claim) return { list: lists.listAt(claim.uri), index: claim.index }
      if (required) throw fail('status_missing')
      return undefined
    },
    assertGood({ list, index }, last) {
      const status = list.statusAt(index, parts.judgedAt())
      if (status === 'good') return
      if (status === 'revoked') throw fail('token_revoked')
      if (accepts && (last || status === 'stale')) return
      throw fail('revocation_unknown')
    },
    health: lists.health,
    close: lists.close,
  }
}

const mostLists = 64 // for each issuer; with half a million sessions or more in each

interface Kept {
  readonly list: FollowedList
  namedAt: Seconds
}

/** Follows each list that a token names, from the first time on. */
function followAll(
  { source, whenStale, maxStale }: RevocationOptions & { readonly source: 'feed' | 'poll' },
  parts: RevocationParts,
): Lists {
  const { lists: issuer, clock, timer, maxLifetime } = parts
  if (!issuer)
    throw fail('guard_invalid', {
      detail: 'revocation needs an issuer whose keys are known, or a source in this process',
    })
  const kept = new Map<string, Kept>()
  const options = { ...parts, issuer, source, maxStale, endsWhenStale: whenStale === 'refuse' }
  let callOff: (() => void) | undefined
  let closed = false

  function tick(): void {
    for (const [uri, { list, namedAt }] of kept) {
      if (clock.now() > namedAt + maxLifetime) {
        list.close() // no token that named it can be good any more
        kept.delete(uri)
      } else list.tick()
    }
    callOff = kept.size > 0 ? timer.after(1, tick) : undefined
  }

  return {
    listAt(uri) {
      if (closed) throw fail('revocation_unknown', { detail: 'the guard was closed' })
      const known = kept.get(uri)
      if (known) {
        known.namedAt = clock.now()
        return known.list
      }
      if (kept.size >= mostLists)
        throw fail('revocation_unknown', { detail: `more than ${mostLists} lists are in use` })
      const list = followList(uri, options)
      kept.set(uri, { list, namedAt: clock.now() })
      callOff ??= timer.after(1, tick)
      return list
    },
    health: () => [...kept.values()].map(({ list }) => list.health()),
    close() {
      closed = true
      callOff?.()
      for (const { list } of kept.values()) list.close()
    },
  }
}

function checked(options: RevocationOptions): RevocationOptions {
  assertOptions(options, names, invalid)
  const { source = 'feed', whenStale = 'refuse', maxStale = 10 } = options
  const isSource = source === 'feed' || source === 'poll' || typeof source?.statusOf === 'function'
  if (!isSource) throw invalid("source must be 'feed', 'poll' or a source in this process")
  if (whenStale !== 'refuse' && whenStale !== 'accept')
    throw invalid("whenStale must be 'refuse' or 'accept'")
  if (!(maxStale >= 10 && maxStale <= 604_800))
    // below, one lost heartbeat would do
    throw invalid('maxStale must be a number from 10 to 604800')
  return options
}

const invalid = (detail: string) => fail('guard_invalid', { detail: `its revocation: ${detail}` })
