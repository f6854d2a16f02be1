import { nobody, parseKept, type Kept } from './kept.ts'
import type { Platform } from './platform.ts'
import { createAnnouncer, type Announcer } from './state.ts'
import type { TokenStorage } from './storage.ts'

/** What this tab knows of what is kept, and who is to hear of it. */
export interface View extends Pick<Announcer, 'state' | 'subscribe'> {
  readonly kept: Kept
  /** Looks at the storage, and tells nobody. */
  peek(): Promise<Kept>
  /** Looks at the storage again, and tells listeners what is new. */
  load(): Promise<Kept>
  /** Changes what is kept, in one step for all tabs; what comes back is what is kept now. */
  change(change: (kept: Kept) => Kept): Promise<Kept>
  /** Calls `hear` whenever what is kept has been looked at, after listeners. */
  onKept(hear: () => void): void
  close(): void
}

/** Makes a view of a storage. It hears of what other tabs change. */
export function createView(storage: TokenStorage, platform: Platform): View {
  const announcer = createAnnouncer()
  let hear = () => {}
  const latest = createLatest((kept) => {
    announcer.announce(kept)
    hear()
  })
  const peek = async () => parseKept(await storage.load())
  const load = async () => {
    const adopt = latest.begin()
    adopt(await peek())
    return latest.kept
  }
  const channel = openChannel(storage, platform, () => {
    if (announcer.state.status !== 'unknown') void load().catch(() => {}) // what cannot be read now is read when it is needed
  })
  return {
    get state() {
      return announcer.state
    },
    get kept() {
      return latest.kept
    },
    peek,
    load,
    async change(work) {
      const adopt = latest.begin()
      const [before, after] = await update(storage, work)
      if (before !== after) channel?.tell() // also that a refresh was asked for: should this tab die, another takes over
      adopt(after)
      return after
    },
    subscribe: announcer.subscribe,
    onKept: (listener) => void (hear = listener),
    close() {
      announcer.close()
      hear = () => {}
      channel?.close()
    },
  }
}

interface Latest {
  readonly kept: Kept
  /** Call it before reading or writing, and what comes back with what was read or written. */
  begin(): (kept: Kept) => void
}

/** What is read and written ends in the order in which it was begun: what comes later than its successor is old, and is not taken. */
function createLatest(hear: (kept: Kept) => void): Latest {
  let kept: Kept = nobody
  let begun = 0
  let adopted = 0
  return {
    get kept() {
      return kept
    },
    begin() {
      const turn = ++begun
      return (next) => {
        if (turn < adopted) return
        adopted = turn
        kept = next
        hear(next)
      }
    },
  }
}

/** What was kept before a change, and what is kept after it. */
async function update(
  storage: TokenStorage,
  work: (kept: Kept) => Kept,
): Promise<readonly [Kept, Kept]> {
  let change: readonly [Kept, Kept] = [nobody, nobody]
  await storage.update((value) => {
    const before = parseKept(value)
    change = [before, work(before)]
    return change[1]
  })
  return change
}

function openChannel({ name }: TokenStorage, platform: Platform, hear: () => void) {
  return name === null ? undefined : platform.openChannel(`countersign ${name}`, hear)
}
