import type { Kysely } from 'kysely'
import type { Schema } from './tables/schema.ts'

/** Notifies other processes on a database that status bits were set. */
export interface StatusNotifier {
  /** Called in the transaction that set the bits; the notification is sent with its commit. */
  announce(tx: Kysely<Schema>): Promise<void>
  /** Calls `onChange` for each notification, and whenever one may have been missed. Returns an unsubscribe function. */
  listen(onChange: () => void): Promise<() => Promise<void>>
}

/** The notifier of SQLite, which has no notifications: other processes poll once a second. */
export const noopNotifier: StatusNotifier = {
  announce: async () => {},
  listen: async () => async () => {},
}

/** Callbacks of this process that run when status bits were set. */
export interface ChangeSubscribers {
  /** Returns an unsubscribe function that also waits for a running callback. */
  add(callback: () => Promise<void>): Promise<() => Promise<void>>
  /** Runs all callbacks and waits for them. */
  notify(): Promise<void>
  /** Unsubscribes all. */
  close(): Promise<void>
}

/** Makes an empty set of subscribers. Each one also listens to the notifications of other processes. */
export function createChangeSubscribers(notifier: StatusNotifier): ChangeSubscribers {
  const unsubscribers = new Map<() => Promise<void>, () => Promise<void>>()
  return {
    async add(callback) {
      const running = new Set<Promise<void>>()
      const run = () => {
        const current = callback().finally(() => running.delete(current))
        running.add(current)
        return current
      }
      const stopListening = await notifier.listen(() => void run())
      const unsubscribe = async () => {
        unsubscribers.delete(run)
        await stopListening()
        await Promise.allSettled(running)
      }
      unsubscribers.set(run, unsubscribe)
      return unsubscribe
    },
    async notify() {
      await Promise.all([...unsubscribers.keys()].map((run) => run()))
    },
    async close() {
      await Promise.all([...unsubscribers.values()].map((unsubscribe) => unsubscribe()))
    },
  }
}
