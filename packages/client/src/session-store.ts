import { noSession, parseStoredSession, type StoredSession } from './stored-session.ts'
import type { Platform } from './platform.ts'
import { createStateEmitter, type StateEmitter } from './session-state.ts'
import type { TokenStorage } from './storage.ts'

/** What this tab knows of what is kept, and who is to onMessage of it. */
export interface SessionStore extends Pick<StateEmitter, 'state' | 'subscribe'> {
  readonly stored: StoredSession
  /** Looks at the storage, and tells noSession. */
  read(): Promise<StoredSession>
  /** Looks at the storage again, and tells listeners what is new. */
  load(): Promise<StoredSession>
  /** Changes what is kept, in one step for all tabs; what comes back is what is kept now. */
  change(change: (stored: StoredSession) => StoredSession): Promise<StoredSession>
  /** Calls `onMessage` whenever what is kept has been looked at, after listeners. */
  onChange(onMessage: () => void): void
  close(): void
}

/** Makes a store of a storage. It hears of what other tabs change. */
export function createSessionStore(storage: TokenStorage, platform: Platform): SessionStore {
  const emitter = createStateEmitter()
  let onMessage = () => {}
  const latest = createLatestValue((stored) => {
    emitter.emit(stored)
    onMessage()
  })
  const read = async () => parseStoredSession(await storage.load())
  const load = async () => {
    const adopt = latest.begin()
    adopt(await read())
    return latest.stored
  }
  const channel = openChannel(storage, platform, () => {
    if (emitter.state.status !== 'unknown') void load().catch(() => {}) // what cannot be read now is read when it is needed
  })
  return {
    get state() {
      return emitter.state
    },
    get stored() {
      return latest.stored
    },
    read,
    load,
    async change(work) {
      const adopt = latest.begin()
      const [before, after] = await update(storage, work)
      if (before !== after) channel?.tell() // also that a refresh was asked for: should this tab die, another takes over
      adopt(after)
      return after
    },
    subscribe: emitter.subscribe,
    onChange: (listener) => void (onMessage = listener),
    close() {
      emitter.close()
      onMessage = () => {}
      channel?.close()
    },
  }
}

interface LatestValue {
  readonly stored: StoredSession
  /** Call it before reading or writing, and what comes back with what was read or written. */
  begin(): (stored: StoredSession) => void
}

/** What is read and written ends in the order in which it was begun: what comes later than its successor is old, and is not taken. */
function createLatestValue(onMessage: (stored: StoredSession) => void): LatestValue {
  let stored: StoredSession = noSession
  let begun = 0
  let adopted = 0
  return {
    get stored() {
      return stored
    },
    begin() {
      const turn = ++begun
      return (next) => {
        if (turn < adopted) return
        adopted = turn
        stored = next
        onMessage(next)
      }
    },
  }
}

/** What was kept before a change, and what is kept after it. */
async function update(
  storage: TokenStorage,
  work: (stored: StoredSession) => StoredSession,
): Promise<readonly [StoredSession, StoredSession]> {
  let change: readonly [StoredSession, StoredSession] = [noSession, noSession]
  await storage.update((value) => {
    const before = parseStoredSession(value)
    change = [before, work(before)]
    return change[1]
  })
  return change
}

function openChannel({ name }: TokenStorage, platform: Platform, onMessage: () => void) {
  return name === null ? undefined : platform.openChannel(`countersign ${name}`, onMessage)
}
