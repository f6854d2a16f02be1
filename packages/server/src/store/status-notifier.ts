import { setTimeout } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { singleFlight } from '@countersign/token/internal'
import type { StoreChange } from '../domain/store.ts'
import type { Schema } from './tables/schema.ts'

/** Notifies other processes on a database of changes that they hold in memory. */
export interface StatusNotifier {
  /** Sends a notification of changes that have been committed. */
  announce(db: Kysely<Schema>, changes: readonly StoreChange[]): Promise<void>
  /** Calls `onChange` for each notification, and with `any` whenever one may have been missed. Returns an unsubscribe function. */
  listen(onChange: (change: StoreChange | 'any') => void): Promise<() => Promise<void>>
}

/** The notifier of SQLite, and of a database whose notifications are turned off: other processes poll once a second. */
export const noopNotifier: StatusNotifier = {
  announce: async () => {},
  listen: async () => async () => {},
}

/** Sends the notifications of one process, after the commits that made the changes. */
export interface Announcer {
  /** Sends a notification at once, or together with others after a moment. Resolves when it is sent or has failed. */
  announce(changes: ReadonlySet<StoreChange>): Promise<void>
  /** Waits until all are sent. */
  close(): Promise<void>
}

const announcementInterval = 5 // milliseconds: a burst of sign-outs costs other servers 200 notifications a second

/**
 * Makes the announcer. PostgreSQL commits transactions with a NOTIFY one after the other, so none is in the transaction that made the change. A
 * notification that fails, or is lost in a crash after the commit, delays other processes until they poll.
 */
export function createAnnouncer(notifier: StatusNotifier, db: Kysely<Schema>): Announcer {
  if (notifier === noopNotifier) return { announce: async () => {}, close: async () => {} }
  const waiting = new Set<StoreChange>()
  let pause = Promise.resolve()
  const send = singleFlight(
    async () => {
      await pause
      const changes = [...waiting]
      waiting.clear()
      if (changes.length > 0) await notifier.announce(db, changes).catch(() => {})
      pause = setTimeout(announcementInterval)
    },
    { startAfterCall: true },
  )
  return {
    async announce(changes) {
      if (changes.size === 0) return
      for (const change of changes) waiting.add(change)
      await send()
    },
    close: send,
  }
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
      const stopListening = await notifier.listen((change) => void run(change).catch(() => {})) // it has logged why
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
