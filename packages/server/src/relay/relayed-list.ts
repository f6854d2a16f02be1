import {
  connectFeed,
  followKeys,
  verifyWithKeyRefresh,
  type FeedConnection,
  type ListSigner,
} from '@countersign/guard/internal'
import type { Clock } from '@countersign/token'
import {
  createFetchStatusList,
  singleFlight,
  steadyClock,
  type Seconds,
  type Timer,
  type VerifiedStatusChange,
} from '@countersign/token/internal'
import type { Log } from '../domain/kernel/ports.ts'
import type { createFollowers } from '../domain/revocation/feed-followers.ts'
import { statusListUri } from '../domain/revocation/status-list.ts'
import type { FollowList } from '../domain/revocation/status-list-source.ts'
import { createRecentEvents } from './recent-events.ts'

/** The dependencies of following a list. */
export interface RelayedListDeps {
  /** The issuer: its URL is in the names of its lists, and its keys sign them. */
  readonly issuer: string
  /** The URL of the server or relay that is followed. */
  readonly upstream: string
  /** The origin of the upstream if it is plain http. */
  readonly allowInsecureHttp: string | undefined
  readonly signer: ListSigner
  readonly followers: ReturnType<typeof createFollowers>
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly timer: Timer
  readonly log: Log
}

/** The state of the feed of a list: `connecting` until its first event, `cut` while it is disconnected after that. */
export type FeedState = 'connecting' | 'open' | 'cut'

/** A list that a relay holds, and follows once for any number of guards. */
export interface RelayedList {
  readonly id: number
  /** The feed of the upstream; `undefined` while no guard follows. */
  readonly feed: FeedState | undefined
  /** Returns the list. Requests it again if it is old or lacks a change that was passed on; rejects if that fails. */
  publish(): Promise<{ readonly token: string }>
  readonly follow: FollowList
  /** To be called every second. */
  tick(): void
  /** Ends the feed. */
  close(): void
}

/** Loads a list. It is followed from its first guard on, until none is left. Rejects if the list cannot be loaded. */
export async function relayList(id: number, deps: RelayedListDeps): Promise<RelayedList> {
  const { followers } = deps
  const recent = createRecentEvents(deps.clock)
  const copy = createCopy(id, deps)
  let { seq } = await copy.current()

  /** Passes on what the issuer has signed, unchanged. Guards verify it again. */
  function pass(token: string, change: VerifiedStatusChange): void {
    seq = Math.max(seq, change.seq)
    copy.expect(change)
    recent.add(token, change)
    followers.send(id, { seq: change.seq, token })
  }
  const feed = createUpstreamFeed(id, deps, { seq: () => seq, pass })
  return {
    id,
    get feed() {
      return feed.state
    },
    publish: copy.current,
    follow(seen, follower) {
      const leave = followers.join(id, follower)
      if (!leave) return undefined
      feed.start()
      if (!recent.since(seen).every((event) => follower.send(event))) leave()
      return leave
    },
    tick() {
      if (followers.has(id)) feed.tick()
      else feed.stop() // not at once: a stranger who comes and goes reconnects it once a second at most
    },
    close: feed.stop,
  }
}

/** The seq of the last known change, and the function that handles a verified event. */
interface FeedEnd {
  readonly seq: () => number
  readonly pass: (token: string, change: VerifiedStatusChange) => void
}

/** Makes the feed of the upstream for one list, which is not connected at first. */
function createUpstreamFeed(id: number, deps: RelayedListDeps, { seq, pass }: FeedEnd) {
  const { issuer, upstream, log } = deps
  const uri = statusListUri(issuer, id)
  const verify = createVerify(uri, deps)
  let feed: FeedConnection | undefined
  let wasOpen = false

  const connect = (): FeedConnection =>
    connectFeed({
      ...deps,
      address: statusListUri(upstream, id),
      seq,
      async onData(token) {
        const change = await verify(token)
        if (change) pass(token, change)
        return change && change.expiresAt - change.issuedAt
      },
      onState(state, problem) {
        wasOpen ||= state === 'open'
        if (state === 'open') log.info({ list: uri }, 'the feed of the upstream is connected')
        else log.warn({ list: uri, problem }, 'the feed of the upstream was disconnected')
      },
    })
  return {
    get state(): FeedState | undefined {
      if (feed?.isOpen) return 'open'
      return feed && (wasOpen ? 'cut' : 'connecting')
    },
    start() {
      feed ??= connect()
    },
    tick: () => feed?.tick(),
    stop() {
      feed?.close()
      feed = undefined
      wasOpen = false
    },
  }
}

/** Returns the function that verifies an event, as a guard does; `undefined` for one that guards would refuse. Logs the first of several. */
function createVerify(uri: string, { signer, log }: RelayedListDeps) {
  const onKeys = followKeys(signer)
  let isLogged = false
  return async (token: string): Promise<VerifiedStatusChange | undefined> => {
    try {
      const change = await verifyWithKeyRefresh(() => signer.verifier.change(token, uri), signer)
      onKeys(change.keys)
      isLogged = false
      return change
    } catch (error) {
      if (!isLogged) log.warn({ list: uri, error }, 'an event of the upstream was refused')
      isLogged = true
      return undefined
    }
  }
}

interface Copy {
  readonly token: string
  readonly seq: number
  readonly requestedAt: Seconds
}

const maxCopyAge: Seconds = 5 // as a server signs its list again for requests: its `iat` says how current it is

/** Holds the newest copy of a list, verified: a request of a guard gets it from memory, unless it is old or lacks a change that was passed on. */
function createCopy(id: number, { issuer, upstream, signer, clock, ...request }: RelayedListDeps) {
  const { allowInsecureHttp, fetch } = request
  const uri = statusListUri(issuer, id)
  const fetchList = createFetchStatusList(statusListUri(upstream, id), { fetch, allowInsecureHttp })
  const steady = steadyClock(clock)
  let held: Copy | undefined
  let etag: string | undefined
  let newest = 0 // the last change of this list that was passed on

  const load = singleFlight(async (): Promise<Copy> => {
    const requestedAt = steady.now()
    const { token, etag: next } = await fetchList(held && etag)
    if (token === 'unchanged' && held) return (held = { ...held, requestedAt })
    const verify = () => signer.verifier.list(token, uri)
    const { seq = 0 } = await verifyWithKeyRefresh(verify, signer)
    etag = next
    return (held = { token, seq, requestedAt })
  })
  return {
    /** Notes which change the next copy must have. */
    expect({ indexes, seq, after }: VerifiedStatusChange) {
      newest = Math.max(newest, indexes.length > 0 ? seq : after)
    },
    async current(): Promise<Copy> {
      const isCurrent = held && held.seq >= newest && steady.now() - held.requestedAt < maxCopyAge
      return held && isCurrent ? held : load()
    },
  }
}
