import {
  createFetchJson,
  singleFlight,
  steadyClock,
  type Seconds,
} from '@countersign/token/internal'
import { statusListUri } from '../domain/revocation/status-list.ts'
import type { StatusListSource } from '../domain/revocation/status-list-source.ts'
import { createFollowers, type Follower } from '../domain/revocation/feed-followers.ts'
import { fail } from '../failures.ts'
import {
  relayList,
  type FeedState,
  type RelayedList,
  type RelayedListDeps,
} from './relayed-list.ts'

// relay/: follows the status lists of an issuer, each once, and serves them to any number of guards. It passes on what the issuer has signed, and can
// sign nothing itself.

/** A relay of the status lists of one issuer. Its methods fail with `upstream_unreachable`. */
export interface Relay extends StatusListSource {
  /** Rejects unless the upstream answers and no feed is cut. */
  assertReady(): Promise<void>
  /** The number of guards that follow. */
  readonly followers: number
  /** The number of feeds of the upstream in each state. */
  feeds(): Readonly<Record<FeedState, number>>
  /** Ends all followers, and accepts no new ones. */
  close(): void
}

/** The options of {@link createRelay}. */
export interface RelayOptions extends Omit<RelayedListDeps, 'followers' | 'allowInsecureHttp'> {
  /** The maximum number of guards that follow. */
  readonly maxFollowers: number
}

const maxFeeds = 64 // as many lists as one guard follows; the upstream grants a network only some of its connections
const maxLists = 2 * maxFeeds // so there is always one without a feed, which can be dropped for another: a stranger may request every list

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
    async feedOf(id) {
      const list = await lists.find(id)
      return list && ((seen, follower) => lists.follow(list, seen, follower))
    },
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

/** Holds lists: those with a feed, and of the others those that were used last. */
function holdLists() {
  const lists = new Map<number, RelayedList>() // the least recently used first
  const all = () => [...lists.values()]
  return {
    all,
    find: (id: number) => lists.get(id),
    /** Holds a list as the one that was used last, and returns it, or the one of its number that is held already. Drops another one if there are too many. */
    use(found: RelayedList): RelayedList {
      const list = lists.get(found.id) ?? found
      lists.delete(list.id)
      const dropped = lists.size < maxLists ? undefined : all().find(({ feed }) => !feed)
      if (dropped) lists.delete(dropped.id)
      lists.set(list.id, list)
      return list
    },
  }
}

/** Loads the lists that are requested, and follows those that guards follow. */
function followLists(deps: RelayedListDeps, uris: () => Promise<readonly string[]>) {
  const { issuer, timer } = deps
  const lists = holdLists()
  const states = () => lists.all().flatMap(({ feed }) => feed ?? [])
  let closed = false

  const load = singleFlight(async (id: number): Promise<RelayedList | undefined> => {
    const isKnown = (await uris()).includes(statusListUri(issuer, id))
    return isKnown ? lists.use(await reachable(() => relayList(id, deps))) : undefined
  })
  const tickAll = () => lists.all().forEach((list) => list.tick())
  function tick(): void {
    tickAll()
    cancelTick = timer.after(1, tick)
  }
  let cancelTick = timer.after(1, tick)

  return {
    /** Returns a list; `undefined` if there is none of that number. */
    async find(id: number): Promise<RelayedList | undefined> {
      const held = lists.find(id)
      return held ? lists.use(held) : load(id)
    },
    /** Follows a list for a guard; returns `undefined` also if too many lists are followed, and once it is closed. The guard then requests the list. */
    follow(found: RelayedList, seen: number | undefined, follower: Follower) {
      const list = lists.use(found) // it may have been dropped meanwhile
      if (!list.feed && states().length >= maxFeeds) tickAll() // ends feeds that no guard uses any more
      const isFull = !list.feed && states().length >= maxFeeds
      return closed || isFull ? undefined : list.follow(seen, follower)
    },
    feeds() {
      const count = (state: FeedState) => states().filter((one) => one === state).length
      return { open: count('open'), connecting: count('connecting'), cut: count('cut') }
    },
    close() {
      closed = true
      cancelTick()
      for (const list of lists.all()) list.close()
    },
  }
}

const maxUrisAgeSeconds: Seconds = 1 // a guard may name a list that was just added, and strangers any number of lists that do not exist

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
    if (!last || steady.now() - last.at >= maxUrisAgeSeconds)
      last = { uris: read(), at: steady.now() }
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
