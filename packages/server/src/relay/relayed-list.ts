import {
  connectFeed,
  followKeys,
  verifyWithKeyRefresh,
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

/** A list that a relay follows once, for any number of guards. */
export interface RelayedList {
  /** True while its feed is connected. */
  readonly isOpen: boolean
  /** Returns the list with every change that the relay has passed on. Rejects if it must be requested and cannot be. */
  publish(): Promise<{ readonly token: string }>
  readonly follow: FollowList
  /** To be called every second. */
  tick(): void
  close(): void
}

/** Loads a list, and follows it until it is closed. Rejects if the list cannot be loaded. */
export async function relayList(id: number, deps: RelayedListDeps): Promise<RelayedList> {
  const uri = statusListUri(deps.issuer, id)
  const { followers, log } = deps
  const recent = createRecentEvents(deps.clock)
  const copy = createCopy(id, deps)
  let { seq } = await copy.current()
  let isOpen = false

  /** Passes on what the issuer has signed, unchanged. Guards verify it again. */
  function pass(token: string, change: VerifiedStatusChange): void {
    seq = Math.max(seq, change.seq)
    copy.expect(change)
    recent.add(token, change)
    followers.send(id, { seq: change.seq, token })
  }
  const verify = createVerify(uri, deps)
  const feed = connectFeed({
    ...deps,
    address: statusListUri(deps.upstream, id),
    seq: () => seq,
    async onData(token) {
      const change = await verify(token)
      if (change) pass(token, change)
      return change && change.expiresAt - change.issuedAt
    },
    onState(state, problem) {
      isOpen = state === 'open'
      if (isOpen) log.info({ list: uri }, 'the feed of the upstream is connected')
      else log.warn({ list: uri, problem }, 'the feed of the upstream was disconnected')
    },
  })
  return {
    get isOpen() {
      return isOpen
    },
    publish: copy.current,
    follow(seen, follower) {
      const leave = followers.join(id, follower)
      if (!leave) return undefined
      if (!recent.since(seen).every((event) => follower.send(event))) leave()
      return leave
    },
    tick: feed.tick,
    close: feed.close,
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
