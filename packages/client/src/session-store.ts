import {
  noSession,
  parseStoredSession,
  type SignedOutReason,
  type StoredSession,
} from './stored-session.ts'
import type { Platform } from './platform.ts'
import type { TokenStorage } from './storage.ts'

/**
 * The state of a session. `unknown` lasts until the session is restored.
 *
 * @example
 * ```ts
 * import { createSession, type SessionState } from '@countersign/client'
 *
 * function render(state: SessionState): void {
 *   if (state.status === 'signed_in') console.log('show the application')
 *   if (state.status === 'signed_out') console.log('show the sign-in form', state.reason)
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * session.subscribe(render)
 * await session.signIn({ username: 'admin', password: 'password' })
 * ```
 */
export type SessionState =
  | { readonly status: 'unknown' }
  /** `id` is the id of the sign-in. A new id means a new sign-in, perhaps of a different user. */
  | { readonly status: 'signed_in'; readonly id: string }
  | { readonly status: 'signed_out'; readonly reason: SignedOutReason }

/** The state of a session and its listeners. */
interface StateEmitter {
  readonly state: SessionState
  /** Notifies all listeners if the state has changed. */
  emit(stored: StoredSession): void
  subscribe(listener: (state: SessionState) => void): () => void
  close(): void
}

/** The stored session as this tab knows it, kept in step with the storage and with the other tabs. */
export interface SessionStore extends Pick<StateEmitter, 'state' | 'subscribe'> {
  /** The value that was last loaded or written. */
  readonly stored: StoredSession
  /** Reads the storage without changing `stored` and without notifying listeners. */
  peek(): Promise<StoredSession>
  /** Reads the storage into `stored` and notifies listeners of a change. */
  load(): Promise<StoredSession>
  /** Changes the stored session, atomically across all tabs, and returns the new value. */
  update(change: (stored: StoredSession) => StoredSession): Promise<StoredSession>
  /** Sets the callback that runs after each load and each update, after the listeners. */
  onSync(callback: () => void): void
  close(): void
}

/** Creates the store of a session. It loads the session again when another tab has changed it. */
export function createSessionStore(storage: TokenStorage, platform: Platform): SessionStore {
  const emitter = createStateEmitter()
  let onSync = () => {}
  const latest = createLatestValue((stored) => {
    emitter.emit(stored)
    onSync()
  })
  const peek = async () => parseStoredSession(await storage.load())
  const load = async () => {
    const adopt = latest.begin()
    adopt(await peek())
    return latest.stored
  }
  const channel = openChannel(storage, platform, () => {
    if (emitter.state.status !== 'unknown') void load().catch(() => {}) // if it fails, the next use of the session reads it
  })
  return {
    get state() {
      return emitter.state
    },
    get stored() {
      return latest.stored
    },
    peek,
    load,
    async update(change) {
      const adopt = latest.begin()
      const [before, after] = await updateStorage(storage, change)
      if (before !== after) channel?.notify() // also when a refresh starts: if this tab dies, another one takes over
      adopt(after)
      return after
    },
    subscribe: emitter.subscribe,
    onSync: (callback) => void (onSync = callback),
    close() {
      emitter.close()
      onSync = () => {}
      channel?.close()
    },
  }
}

interface LatestValue {
  readonly stored: StoredSession
  /** Call it before a read or write; pass the result to the function that it returns. */
  begin(): (stored: StoredSession) => void
}

/** Keeps the result of the read or write that began last: results may arrive out of order, and an outdated one is dropped. */
function createLatestValue(onAdopt: (stored: StoredSession) => void): LatestValue {
  let stored: StoredSession = noSession
  let begun = 0
  let adopted = 0
  return {
    get stored() {
      return stored
    },
    begin() {
      const sequence = ++begun
      return (next) => {
        if (sequence < adopted) return
        adopted = sequence
        stored = next
        onAdopt(next)
      }
    },
  }
}

/** Updates the storage and returns the values before and after. */
async function updateStorage(
  storage: TokenStorage,
  change: (stored: StoredSession) => StoredSession,
): Promise<readonly [StoredSession, StoredSession]> {
  let result: readonly [StoredSession, StoredSession] = [noSession, noSession]
  await storage.update((value) => {
    const before = parseStoredSession(value)
    result = [before, change(before)]
    return result[1]
  })
  return result
}

function openChannel({ name }: TokenStorage, platform: Platform, onMessage: () => void) {
  return name === null ? undefined : platform.openChannel(`countersign ${name}`, onMessage)
}

function createStateEmitter(): StateEmitter {
  const listeners = new Set<(state: SessionState) => void>()
  let state: SessionState = { status: 'unknown' }
  return {
    get state() {
      return state
    },
    emit(stored) {
      const next = stateOf(stored)
      if (isSame(state, next)) return
      state = next
      for (const listener of listeners) notify(listener, next)
    },
    subscribe(listener) {
      const subscription = (next: SessionState) => listener(next) // unique, so that one function can subscribe twice
      listeners.add(subscription)
      return () => listeners.delete(subscription)
    },
    close: () => listeners.clear(),
  }
}

/** Returns the public state of a stored session, without its tokens. */
function stateOf(stored: StoredSession): SessionState {
  return stored.status === 'signed_in'
    ? { status: 'signed_in', id: stored.id }
    : { status: 'signed_out', reason: stored.reason }
}

function isSame(a: SessionState, b: SessionState): boolean {
  if (a.status === 'signed_in' && b.status === 'signed_in') return a.id === b.id
  if (a.status === 'signed_out' && b.status === 'signed_out') return a.reason === b.reason
  return a.status === b.status
}

/** Calls a listener. If it throws, that is a bug of the page: it is reported, and the other listeners still run. */
function notify(listener: (state: SessionState) => void, state: SessionState): void {
  try {
    listener(state)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
