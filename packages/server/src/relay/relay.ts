import type { ListSigner } from '@countersign/guard/internal'
import {
  createFetchJson,
  singleFlight,
  steadyClock,
  type Seconds,
} from '@countersign/token/internal'
import { statusListUri } from '../domain/revocation/status-list.ts'
import type { StatusListSource } from '../domain/revocation/status-list-source.ts'
import { createFollowers } from '../domain/revocation/feed-followers.ts'
import { fail } from '../failures.ts'
import { relayList, type RelayedList, type RelayedListDeps } from './relayed-list.ts'

// relay/: follows the status lists of an issuer, each once, and serves them to any number of guards. It passes on what the issuer has signed, and can
// sign nothing itself.

/** A relay of the status lists of one issuer. Its methods fail with `upstream_unreachable`. */
export interface Relay extends StatusListSource {
  /** Rejects unless the upstream answers and every feed that is followed is connected. */
  assertReady(): Promise<void>
  /** The number of guards that follow. */
  readonly followers: number
  /** The number of feeds that are connected, and of those that are not. */
  feeds(): { readonly open: number; readonly cut: number }
  /** Ends all followers, and accepts no new ones. */
  close(): void
}

/** The options of {@link createRelay}. */
export interface RelayOptions extends Omit<RelayedListDeps, 'followers' | 'allowInsecureHttp'> {
  readonly signer: ListSigner
  /** The maximum number of guards that follow. */
  readonly maxFollowers: number
}

const maxLists = 64 // as many as a guard follows
const unusedFor: Seconds = 86_400 // then no token of a list is left that a guard could check: it is not followed any more

/** Makes a relay. */
export function createRelay(options: RelayOptions): Relay {
  const { upstream, maxFollowers } = options
  const followers = createFollowers(maxFollowers)
  const { protocol, origin } = new URL(upstream)
  const allowInsecureHttp = protocol === 'http:' ? origin : undefined // safe: everything that is passed on is signed
  const deps = { ...options, followers, allowInsecureHttp }
  const uris = createUris(deps)
  const lists = followLists(deps, uris)
  return {
    async publish(id) {
      const list = await lists.find(id)
      return list && reachable(list.publish)
    },
    feedOf: async (id) => (await lists.find(id))?.follow,
    uris,
    async assertReady() {
      await uris()
      if (lists.feeds().cut > 0) throw fail('upstream_unreachable')
    },
    get followers() {
      return followers.size()
    },
    feeds: lists.feeds,
    close() {
      lists.close()
      followers.end()
    },
  }
}

/** Follows each list from its first request on, until it was not requested for a day. */
function followLists(deps: RelayedListDeps, uris: () => Promise<readonly string[]>) {
  const { issuer, timer, clock, followers } = deps
  const steady = steadyClock(clock)
  const lists = new Map<number, { readonly list: RelayedList; usedAt: Seconds }>()
  let closed = false

  const add = singleFlight(async (id: number): Promise<RelayedList | undefined> => {
    const isKnown = (await uris()).includes(statusListUri(issuer, id))
    if (!isKnown || lists.size >= maxLists) return undefined
    const list = await reachable(() => relayList(id, deps))
    if (closed) list.close()
    else lists.set(id, { list, usedAt: steady.now() })
    return list
  })
  function tick(): void {
    for (const [id, { list, usedAt }] of lists) {
      if (followers.has(id) || steady.now() - usedAt < unusedFor) list.tick()
      else {
        list.close()
        lists.delete(id)
      }
    }
    cancelTick = timer.after(1, tick)
  }
  let cancelTick = timer.after(1, tick)

  return {
    /** Returns a list; `undefined` if there is none of that number, and once it is closed. */
    async find(id: number): Promise<RelayedList | undefined> {
      const known = lists.get(id)
      if (known) known.usedAt = steady.now()
      return closed ? undefined : (known?.list ?? add(id))
    },
    feeds() {
      const open = [...lists.values()].filter(({ list }) => list.isOpen).length
      return { open, cut: lists.size - open }
    },
    close() {
      closed = true
      cancelTick()
      for (const { list } of lists.values()) list.close()
    },
  }
}

const urisAge: Seconds = 1 // a guard may name a list that was just added, and strangers any number of lists that do not exist

/** Returns the function that reads the names of all lists from the upstream. They are not signed: they only decide what a relay follows. */
function createUris({ issuer, upstream, fetch, allowInsecureHttp, clock }: RelayedListDeps) {
  const request = createFetchJson(statusListUri(upstream, '').slice(0, -1), {
    what: 'the status lists of the upstream',
    refused: (detail) => fail('upstream_unreachable', { detail }),
    fetch,
    allowInsecureHttp,
  })
  const steady = steadyClock(clock)
  const isOwn = (uri: unknown): uri is string =>
    typeof uri === 'string' && uri.startsWith(statusListUri(issuer, ''))
  async function read(): Promise<readonly string[]> {
    const { json } = await reachable(() => request())
    const named: unknown = json === 'unchanged' ? [] : json['status_lists']
    return Array.isArray(named) ? named.filter(isOwn) : []
  }
  let last: { readonly uris: Promise<readonly string[]>; readonly at: Seconds } | undefined
  return () => {
    if (!last || steady.now() - last.at >= urisAge) last = { uris: read(), at: steady.now() }
    return last.uris
  }
}

/** Awaits what the upstream answers. Fails with `upstream_unreachable`. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw fail('upstream_unreachable', { cause })
  }
}
