import { createPerNetworkQuota } from '../limits/per-network-quota.ts'

/** An event of a feed: between two numbers exactly these bits of a list were set. Signed, so that no intermediary can forge it. */
export interface FeedEvent {
  readonly seq: number
  readonly token: string
}

/** A guard that follows a list. */
export interface Follower {
  /** Returns false if the connection takes no more; the follower is then removed. */
  send(event: FeedEvent): boolean
  /** Called when the server stops. */
  end(): void
  /** The follower's address; undefined without a socket, or behind a proxy that does not forward it. */
  readonly address?: string | undefined
}

/** The followers of each list, at most `max` in all, with a quota for each network so that none takes all connections from the others. */
export function createFollowers(max: number) {
  const byList = new Map<number, Map<Follower, () => void>>()
  const quota = createPerNetworkQuota(max)
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
    /** Adds a follower and returns how to remove it; `undefined` if there are too many, in all or from one network. */
    join(id: number, one: Follower) {
      const giveBack = size() < max ? quota.take(one.address) : undefined
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
