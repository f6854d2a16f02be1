import type { Clock } from '@countersign/token'
import { steadyClock, type Seconds, type Timer } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Compress, TokenIssuer } from '../kernel/ports.ts'
import { singleFlight } from '@countersign/token/internal'
import type { LiveList } from './live-list.ts'
import type { LiveStatusLists } from './live-status-lists.ts'
import type { RevocationPolicy } from './status-lists.ts'

/** A status list as it is published: a Status List Token (draft-ietf-oauth-status-list-21, section 5.1). */
export interface PublishedStatusList {
  readonly token: string
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  /** The newest change that it includes. */
  readonly seq: number
}

/** Publishes status lists. */
export interface Publisher {
  /**
   * Returns a list with every change that this server knows of, usually from memory; `undefined` if there is no list of that number. While the
   * database does not answer, returns the last one for a few seconds, and then rejects as the database does: an old list must not be
   * presented as a current one.
   */
  publish(id: number): Promise<PublishedStatusList | undefined>
}

const maxServedAge: Seconds = 5 // while the database does not answer
const maxSignatureAge: Seconds = 5 // then a request gets a list with a new signature: its `iat` says how current it is, and signing is cheap
const buildDelay: Seconds = 0.2 // from a change to the list that includes it, unless it is requested earlier: a burst of changes is compressed once

/** The dependencies of {@link createPublisher}. */
export interface PublisherDeps {
  readonly issuer: Pick<TokenIssuer, 'statusSigner'>
  readonly clock: Clock
  readonly timer: Timer
  readonly policies: { readonly revocation: RevocationPolicy }
  readonly statusLists: LiveStatusLists
  readonly compress: Compress
}

/** A compressed list, and its token. */
interface Built {
  readonly bits: LiveList['bits']
  readonly newest: number
  readonly lst: string
  readonly published: PublishedStatusList
  /** The time at which it was signed, by a clock that is never set back. */
  readonly signedAt: Seconds
}

/** Makes the publisher. It compresses lists off the main thread, and signs one again for the first request after a few seconds. */
export function createPublisher(deps: PublisherDeps): Publisher {
  const { timer, statusLists } = deps
  const steady = steadyClock(deps.clock)
  const builders = new Map<number, ReturnType<typeof createBuilder>>()
  const builderOf = (list: LiveList) => {
    const known = builders.get(list.id) ?? createBuilder(list.id, { ...deps, steady })
    builders.set(list.id, known)
    return known
  }
  const scheduled = new Set<number>()
  statusLists.onChange((list) => {
    if (scheduled.has(list.id)) return
    scheduled.add(list.id)
    timer.after(buildDelay, () => {
      scheduled.delete(list.id)
      builderOf(list)
        .build()
        .catch(() => {}) // the next request reports it
    })
  })
  return {
    async publish(id) {
      const list = await statusLists.find(id)
      if (!list) return undefined
      const builder = builderOf(list)
      const { built } = builder
      const isCurrent = built?.newest === list.newest && built.bits === list.bits
      const age = steady.now() - (built?.signedAt ?? -Infinity)
      if (built && isCurrent && age < maxSignatureAge) return built.published
      try {
        if (statusLists.isBehind()) await statusLists.catchUp()
        await builder.build()
      } catch (error) {
        if (!built || isOld(built, steady.now())) throw error
      }
      if (!builder.built || isOld(builder.built, steady.now())) throw fail('database_unreachable')
      return builder.built.published
    },
  }
}

/** Returns whether a list was signed too long ago to be served, even if nothing has changed: a new request would take it for confirmed. */
function isOld({ signedAt }: Built, now: Seconds): boolean {
  return now - signedAt > maxServedAge
}

function createBuilder(
  id: number,
  {
    issuer,
    clock,
    steady,
    policies,
    statusLists,
    compress,
  }: PublisherDeps & { readonly steady: Clock },
) {
  let built: Built | undefined
  const run = async () => {
    const list = await statusLists.find(id)
    if (!list) return
    const { bits, newest, uri } = list
    const { seq } = statusLists
    const isSame = built?.bits === bits && built.newest === newest
    // A copy, because bits are set while another thread compresses it.
    const lst =
      isSame && built ? built.lst : (await compress(Buffer.from(bits.bytes))).toString('base64url')
    const now = clock.now()
    if (statusLists.isBehind()) return
    const ttl = policies.revocation.listTtl
    const lifetime = 2 * ttl // a guard that fetched it just before the next signature still has a whole ttl
    const encoded = { bits: bits.bits, lst }
    const token = issuer.statusSigner.list({ uri, list: encoded, lifetime, ttl, seq })
    built = {
      bits,
      newest,
      lst,
      published: { token, issuedAt: now, expiresAt: now + lifetime, seq },
      signedAt: steady.now(),
    }
  }
  return {
    build: singleFlight(run, { startAfterCall: true }),
    get built() {
      return built
    },
  }
}
