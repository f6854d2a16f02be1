import { createPerNetworkQuota } from '../limits/per-network-quota.ts'
import type { Runtime } from '../../runtime.ts'
import type { LiveList } from './live-list.ts'
import { maxSecondsBehind } from './publish-status-list.ts'

/** What a guard is told: that between two numbers exactly these bits of a list were set. Signed, so that nobody in between can lie. */
export interface FeedEvent {
  readonly seq: number
  readonly token: string
}

/** Somebody who follows a list. */
export interface Follower {
  /** False when it takes no more: then it is forgotten. */
  send(event: FeedEvent): boolean
  /** The server stops. */
  end(): void
  /** From where it follows; unknown where there is no socket, or a proxy that does not say. */
  readonly address?: string | undefined
}

/** Tells guards of status changes as they happen. */
export interface StatusFeed {
  /**
   * Tells a follower where the list stands, and from now on of each change. `seen` is the last event that it had: what has followed
   * is told first, as far as it is remembered. What comes back ends it. `undefined` when too many follow already, of all or from
   * one place.
   */
  follow(list: LiveList, seen: number | undefined, follower: Follower): (() => void) | undefined
  /** How many follow. */
  readonly followers: number
  /** Ends all of them, and lets nobody follow any more. */
  close(): void
}

const maxConcurrent = 1_000 // indices in one event, some 7 kB; more come as several

type Needs = Pick<Runtime, 'issuer' | 'clock' | 'timer' | 'policies' | 'statusLists'>

/** Makes the feed. It sends heartbeats while somebody follows and the database can be read: silence says that nothing is known. */
export function createStatusFeed(runtime: Needs): StatusFeed {
  const { clock, statusLists, policies } = runtime
  const crowd = createCrowd(policies.revocation.feedConnections)
  const events = createEvents(runtime)
  const isBehind = () => clock.now() - statusLists.readAt > maxSecondsBehind
  let closed = false

  const heart = createHeart(runtime, async () => {
    await statusLists.look()
    for (const id of crowd.lists()) {
      const list = await statusLists.find(id).catch(() => undefined)
      if (list && !isBehind()) crowd.send(id, events.heartbeat(list))
    }
    return crowd.size() > 0
  })
  statusLists.onChange((list, after, changes) => {
    if (!crowd.has(list.id)) return
    for (const event of events.changes(list, after, changes)) crowd.send(list.id, event)
  })
  return {
    follow(list, seen, follower) {
      const leave = closed ? undefined : crowd.join(list.id, follower)
      if (!leave) return undefined
      if (!isBehind()) follower.send(events.first(list, seen))
      heart.start()
      return leave
    },
    get followers() {
      return crowd.size()
    },
    close() {
      closed = true
      heart.stop()
      crowd.end()
    },
  }
}

/** Who follows which list, and how many of them from one place: nobody takes all connections from the others. */
function createCrowd(most: number) {
  const byList = new Map<number, Map<Follower, () => void>>()
  const places = createPerNetworkQuota(most)
  const size = () => [...byList.values()].reduce((sum, some) => sum + some.size, 0)
  const leave = (id: number, one: Follower) => {
    const some = byList.get(id)
    some?.get(one)?.()
    some?.delete(one)
    if (some?.size === 0) byList.delete(id)
  }
  return {
    lists: () => [...byList.keys()],
    has: (id: number) => byList.has(id),
    size,
    /** Lets somebody follow, and answers how they leave; nothing when there are too many, of all or from one place. */
    join(id: number, one: Follower) {
      const giveBack = size() < most ? places.take(one.address) : undefined
      if (!giveBack) return undefined
      byList.set(id, (byList.get(id) ?? new Map<Follower, () => void>()).set(one, giveBack))
      return () => leave(id, one)
    },
    send(id: number, event: FeedEvent) {
      for (const one of byList.get(id)?.keys() ?? []) if (!one.send(event)) leave(id, one)
    },
    end() {
      for (const some of byList.values()) for (const one of some.keys()) one.end()
      byList.clear()
    },
  }
}

/** Beats every so often while `beat` says that somebody is there. */
function createHeart({ timer, policies }: Needs, beat: () => Promise<boolean>) {
  let callOff: (() => void) | undefined
  let stopped = false
  function start() {
    if (stopped || callOff) return
    callOff = timer.after(policies.revocation.heartbeat, () => {
      void beat().then((goesOn) => {
        callOff = undefined
        if (goesOn) start()
      })
    })
  }
  return {
    start,
    stop() {
      stopped = true
      callOff?.()
    },
  }
}

/** Signs events. `after` is always the list's own change before: whoever has that one has missed nothing. */
function createEvents({ issuer, statusLists, policies }: Needs) {
  const lifetime = 3 * policies.revocation.heartbeat // one may be late and one be lost before a guard worries
  const eventOf = (
    { uri }: LiveList,
    after: number,
    indexes: readonly number[],
    seq = statusLists.seq,
  ): FeedEvent => ({
    seq,
    token: issuer.statusSigner.change({ uri, after, seq, indexes, lifetime }),
  })
  const heartbeat = (list: LiveList) => eventOf(list, list.newest, [])
  return {
    heartbeat,
    /** Changes as they come: several events when they are many, the last of them up to date. */
    *changes(list: LiveList, after: number, changes: LiveList['recent']) {
      for (let from = 0; from < changes.length; from += maxConcurrent) {
        const some = changes.slice(from, from + maxConcurrent)
        const isLast = from + maxConcurrent >= changes.length
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
    /** What somebody is told who has just come: what they missed, or where the list stands. */
    first(list: LiveList, seen: number | undefined): FeedEvent {
      const missed = seen === undefined ? [] : list.recent.filter(({ seq }) => seq > seen)
      const canTell =
        seen !== undefined && seen >= list.recentAfter && missed.length <= maxConcurrent
      if (!canTell || missed.length === 0) return heartbeat(list)
      return eventOf(
        list,
        seen,
        missed.map(({ index }) => index),
      )
    },
  }
}
