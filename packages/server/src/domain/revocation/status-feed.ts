import type { Timer } from '@countersign/token/internal'
import type { TokenIssuer } from '../kernel/ports.ts'
import { createFollowers, type FeedEvent, type Follower } from './feed-followers.ts'
import type { LiveList } from './live-list.ts'
import type { LiveStatusLists } from './live-status-lists.ts'
import type { RevocationPolicy } from './status-lists.ts'

/** Pushes status changes to guards as they happen. */
export interface StatusFeed {
  /**
   * Sends a follower the current state of a list, and each change from now on. `seen` is the last event that it received: changes after it are
   * sent first, as far as they are still in memory. Returns an unsubscribe function, or `undefined` if there are too many followers, in
   * all or from one network.
   */
  follow(list: LiveList, seen: number | undefined, follower: Follower): (() => void) | undefined
  /** Sends all followers an event if other keys are published than they know of, so that they fetch them. */
  announceKeys(): Promise<void>
  /** The number of guards that follow. */
  readonly followers: number
  /** Ends all of them, and accepts no new ones. */
  close(): void
}

const maxIndicesPerEvent = 1_000 // some 7 kB; more are sent as several events

/** The dependencies of {@link createStatusFeed}. */
export interface FeedDeps {
  readonly issuer: Pick<TokenIssuer, 'statusSigner' | 'keySetName'>
  readonly timer: Timer
  readonly policies: { readonly revocation: RevocationPolicy }
  readonly statusLists: LiveStatusLists
}

/** Makes the feed. A heartbeat follows a read of the database that has just succeeded: silence means that nothing is known. */
export function createStatusFeed(deps: FeedDeps): StatusFeed {
  const { statusLists, policies } = deps
  const followers = createFollowers(policies.revocation.feedConnections)
  const events = createEvents(deps)
  let closed = false

  let announced = ''

  async function beat(): Promise<boolean> {
    announced = deps.issuer.keySetName()
    const isCurrent = await statusLists.refresh()
    for (const id of isCurrent ? followers.lists() : []) {
      const list = await statusLists.find(id).catch(() => undefined)
      if (list && !statusLists.isBehind()) followers.send(id, events.heartbeat(list))
    }
    return followers.size() > 0
  }
  const heartbeat = createHeartbeat(deps, beat)
  statusLists.onChange((list, after, changes) => {
    if (!followers.has(list.id)) return
    for (const event of events.changes(list, after, changes)) followers.send(list.id, event)
  })
  return {
    follow(list, seen, follower) {
      announced ||= deps.issuer.keySetName() // the first event has it
      const leave = closed ? undefined : followers.join(list.id, follower)
      if (!leave) return undefined
      if (!statusLists.isBehind()) follower.send(events.first(list, seen))
      heartbeat.start()
      return leave
    },
    async announceKeys() {
      if (deps.issuer.keySetName() !== announced) await beat()
    },
    get followers() {
      return followers.size()
    },
    close() {
      closed = true
      heartbeat.stop()
      followers.end()
    },
  }
}

/** Calls `beat` periodically until it returns false: there are no followers. */
function createHeartbeat({ timer, policies }: FeedDeps, beat: () => Promise<boolean>) {
  let cancel: (() => void) | undefined
  let stopped = false
  function start() {
    if (stopped || cancel) return
    cancel = timer.after(policies.revocation.heartbeat, () => {
      void beat().then((goesOn) => {
        cancel = undefined
        if (goesOn) start()
      })
    })
  }
  return {
    start,
    stop() {
      stopped = true
      cancel?.()
    },
  }
}

/** Signs events. `after` is always the list's own change before: a follower that has it has missed nothing. */
function createEvents({ issuer, statusLists, policies }: FeedDeps) {
  const lifetime = 3 * policies.revocation.heartbeat // one may be late and one lost before a guard counts the feed as broken
  const eventOf = (
    { uri }: LiveList,
    after: number,
    indexes: readonly number[],
    seq = statusLists.seq,
  ): FeedEvent => {
    const contents = { uri, after, seq, indexes, lifetime, keys: issuer.keySetName() }
    return { seq, token: issuer.statusSigner.change(contents) }
  }
  const heartbeat = (list: LiveList) => eventOf(list, list.newest, [])
  return {
    heartbeat,
    /** Yields the events of new changes: several if they are many, the last of them up to date. */
    *changes(list: LiveList, after: number, changes: LiveList['recent']) {
      for (let from = 0; from < changes.length; from += maxIndicesPerEvent) {
        const some = changes.slice(from, from + maxIndicesPerEvent)
        const isLast = from + maxIndicesPerEvent >= changes.length
        const before = changes[from - 1]?.seq ?? after
        const seq = isLast ? statusLists.seq : some.at(-1)?.seq
        yield eventOf(
          list,
          before,
          some.map(({ index }) => index),
          seq,
        )
      }
    },
    /** Returns the first event for a new follower: the changes that it missed, or the current state of the list. */
    first(list: LiveList, seen: number | undefined): FeedEvent {
      const missed = seen === undefined ? [] : list.recent.filter(({ seq }) => seq > seen)
      const canRepeat =
        seen !== undefined && seen >= list.recentAfter && missed.length <= maxIndicesPerEvent
      if (!canRepeat || missed.length === 0) return heartbeat(list)
      return eventOf(
        list,
        seen,
        missed.map(({ index }) => index),
      )
    },
  }
}
