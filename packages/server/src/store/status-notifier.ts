import type { Kysely } from 'kysely'
import type { Schema } from './tables/schema.ts'

/** How a database tells other processes that status bits were set. */
export interface StatusNotifier {
  /** Called in the transaction that set them; to be told with its commit. */
  announce(tx: Kysely<Schema>): Promise<void>
  /** Calls `wake` when somebody has announced something, and whenever that may have been missed. What comes back ends it. */
  listen(wake: () => void): Promise<() => Promise<void>>
}

/** SQLite tells nobody: other processes look by themselves, once a second. */
export const noopNotifier: StatusNotifier = {
  announce: async () => {},
  listen: async () => async () => {},
}

/** Who looks when status bits were set. */
export interface ChangeSubscribers {
  /** What comes back ends it, and waits for a look that is under way. */
  add(look: () => Promise<void>): Promise<() => Promise<void>>
  /** Lets all of them look, and waits until they have. */
  look(): Promise<void>
  end(): Promise<void>
}

/** Keeps those who look, each with what ends its listening. */
export function createChangeSubscribers(news: StatusNotifier): ChangeSubscribers {
  const stops = new Map<() => Promise<void>, () => Promise<void>>()
  return {
    async add(once) {
      const underWay = new Set<Promise<void>>()
      const look = () => {
        const looking = once().finally(() => underWay.delete(looking))
        underWay.add(looking)
        return looking
      }
      const listening = await news.listen(() => void look())
      const stop = async () => {
        stops.delete(look)
        await listening()
        await Promise.allSettled(underWay)
      }
      stops.set(look, stop)
      return stop
    },
    async look() {
      await Promise.all([...stops.keys()].map((look) => look()))
    },
    async end() {
      await Promise.all([...stops.values()].map((stop) => stop()))
    },
  }
}
