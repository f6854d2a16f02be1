import type { Kysely } from 'kysely'
import type { StoreChange } from '../domain/store.ts'
import type { Schema } from './tables/schema.ts'

/** Notifies other processes on a database of changes that they hold in memory. */
export interface StatusNotifier {
  /** Called in the transaction that made the change; the notification is sent with its commit. */
  announce(tx: Kysely<Schema>, change: StoreChange): Promise<void>
  /** Calls `onChange` for each notification, and with `any` whenever one may have been missed. Returns an unsubscribe function. */
  listen(onChange: (change: StoreChange | 'any') => void): Promise<() => Promise<void>>
}

/** The notifier of SQLite, which has no notifications: other processes poll once a second. */
export const noopNotifier: StatusNotifier = {
  announce: async () => {},
  listen: async () => async () => {},
}

/** Called with what changed. */
export type OnStoreChange = (change: StoreChange | 'any') => Promise<void>

/** Callbacks of this process that run after a change. */
export interface ChangeSubscribers {
  /** Returns an unsubscribe function that also waits for a running callback. */
  add(callback: OnStoreChange): Promise<() => Promise<void>>
  /** Runs all callbacks and waits for them. */
  notify(change: StoreChange): Promise<void>
  /** Unsubscribes all. */
  close(): Promise<void>
}

/** Makes an empty set of subscribers. Each one also listens to the notifications of other processes. */
export function createChangeSubscribers(notifier: StatusNotifier): ChangeSubscribers {
  const unsubscribers = new Map<OnStoreChange, () => Promise<void>>()
  return {
    async add(callback) {
      const running = new Set<Promise<void>>()
      const run: OnStoreChange = (change) => {
        const current = callback(change).finally(() => running.delete(current))
        running.add(current)
        return current
      }
      const stopListening = await notifier.listen((change) => void run(change))
      const unsubscribe = async () => {
        unsubscribers.delete(run)
        await stopListening()
        await Promise.allSettled(running)
      }
      unsubscribers.set(run, unsubscribe)
      return unsubscribe
    },
    async notify(change) {
      await Promise.all([...unsubscribers.keys()].map((run) => run(change)))
    },
    async close() {
      await Promise.all([...unsubscribers.values()].map((unsubscribe) => unsubscribe()))
    },
  }
}
