import type { Seconds } from '@countersign/token'
import type { Runtime } from '../../runtime.ts'
import { changeBefore, type LiveList } from './live-list.ts'
import { oneAfterAnother } from '../kernel/single-flight.ts'
import { nothingRead, readChanges, readLists } from './read-status-changes.ts'
import { shownFor, statusListUri, type StatusChange } from './status-list.ts'

/** What a list has just learnt: bits that were set after its change `after`, in order. */
export type ChangeListener = (
  list: LiveList,
  after: number,
  changes: readonly StatusChange[],
) => void

/** All status lists in memory. They follow the database: whoever ended a session, in whatever process. */
export interface LiveStatusLists {
  /** The number of the newest change that was read, of all lists. */
  readonly seq: number
  /** When the database was last read; what it says now may differ. */
  readonly readAt: Seconds
  /** Reads what is new. Whoever waits for it has everything that was committed before the call. Fails when the database does. */
  catchUp(): Promise<void>
  /** The same for whoever cannot do anything about it: a failure is logged, once until it is over. */
  look(): Promise<void>
  /** What a bit says; `unknown` where there is none. Reads nothing. */
  statusOf(uri: string, index: number): 'good' | 'revoked' | 'unknown'
  /** Hears of each bit that is set from now on. What comes back ends that. */
  onRevoked(listener: (uri: string, index: number) => void): () => void
  /** A list; one that another server has just begun is looked up. */
  find(id: number): Promise<LiveList | undefined>
  /** All of them, the oldest first. */
  list(): Promise<readonly LiveList[]>
  onChange(listener: ChangeListener): () => void
}

const clearedEvery: Seconds = 3_600 // bits that no token is left for stay that much longer

type Needs = Pick<Runtime, 'store' | 'clock' | 'log'>

/** Makes the lists, empty: the first `catchUp` reads them all, and one an hour clears the bits that are out of date. */
export function createLiveStatusLists(runtime: Needs, issuer: string): LiveStatusLists {
  const prefix = statusListUri(issuer, '')
  const listeners = new Set<ChangeListener>()
  const follow = followChanges(runtime, issuer, listeners)
  const onChange = (listener: ChangeListener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    get seq() {
      return follow.lists().seq
    },
    get readAt() {
      return follow.readAt()
    },
    catchUp: follow.catchUp,
    look: quietly(follow.catchUp, runtime),
    statusOf(uri, index) {
      const bits = follow.lists().byUri.get(uri)?.bits
      if (!bits) return uri.startsWith(prefix) ? 'good' : 'unknown' // a list that was just begun has no bit set
      if (!(index >= 0 && index < bits.size)) return 'unknown'
      return bits.get(index) === 0 ? 'good' : 'revoked'
    },
    async find(id) {
      const lists = follow.lists()
      if (!lists.byId.has(id)) await readLists(runtime.store, lists, issuer)
      return follow.lists().byId.get(id) ?? lists.byId.get(id)
    },
    async list() {
      await readLists(runtime.store, follow.lists(), issuer)
      return [...follow.lists().byId.values()]
    },
    onChange,
    onRevoked: (listener) =>
      onChange(({ uri }, _, changes) => changes.forEach(({ index }) => listener(uri, index))),
  }
}

/** The lists as they were last read, and the one way to bring them up to date. */
function followChanges({ store, clock }: Needs, issuer: string, listeners: Set<ChangeListener>) {
  let lists = nothingRead()
  let [readAt, clearedAt] = [-Infinity, -Infinity]

  /** Told list by list, once all of them are up to date. */
  function tell(changes: readonly StatusChange[]) {
    for (const [id, some] of Map.groupBy(changes, ({ list }) => list)) {
      const list = lists.byId.get(id)
      if (!list) continue
      const after = changeBefore(list, some[0]?.seq ?? 0)
      for (const listener of listeners) listener(list, after, some)
    }
  }

  const catchUp = oneAfterAnother(async () => {
    const now = clock.now()
    if (now - clearedAt < clearedEvery) await readChanges(store, lists, issuer, { onPage: tell })
    else {
      const next = nothingRead()
      const read: StatusChange[] = []
      const onPage = (page: readonly StatusChange[]) => page.forEach((one) => read.push(one))
      await readLists(store, next, issuer)
      await readChanges(store, next, issuer, { since: now - shownFor, onPage })
      const { seq: before } = lists
      lists = next
      clearedAt = now
      tell(read.filter(({ seq }) => seq > before))
    }
    readAt = now
  })
  return { catchUp, lists: () => lists, readAt: () => readAt }
}

function quietly(work: () => Promise<void>, { log }: Needs): () => Promise<void> {
  let failing = false
  return async () => {
    try {
      await work()
      if (failing) log.info({}, 'the status lists follow the database again')
      failing = false
    } catch (error) {
      if (!failing) log.warn({ error }, 'the status lists cannot follow the database')
      failing = true
    }
  }
}
