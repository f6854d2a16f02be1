import type { Clock } from '@countersign/token'
import { steadyClock, type Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Log } from '../kernel/ports.ts'
import { singleFlight } from '@countersign/token/internal'
import { changeBefore, type LiveList } from './live-list.ts'
import { nothingRead, readAll, readChanges, readLists } from './read-status-changes.ts'
import { shownFor, statusListUri, type StatusChange } from './status-list.ts'
import type { StatusListTables, StatusNumbering } from './status-lists.ts'

/** Called with the bits that were set in a list after its change `after`, in order. */
export type ChangeListener = (
  list: LiveList,
  after: number,
  changes: readonly StatusChange[],
) => void

/** All status lists in memory. They follow the database, whatever process ended a session. */
export interface LiveStatusLists {
  /**
   * The number of the newest change that was read, of all lists. It stays as high where the database has lost changes: guards ignore what is stated
   * of lower numbers.
   */
  readonly seq: number
  /** Returns whether the database was last read so long ago that nothing may be stated about its current content, or is a standby, which may lag. */
  isBehind(): boolean
  /**
   * Reads new changes. Resolves to true when everything that was committed before the call has been read, and to false on a standby, which may lag.
   * Rejects if the database does.
   */
  catchUp(): Promise<boolean>
  /**
   * Reads new changes as `catchUp` does, for callers that cannot handle a failure: logs it, once until the database answers again, and resolves to
   * false.
   */
  refresh(): Promise<boolean>
  /** Returns the status of an index; `unknown` if there is none. Reads nothing. */
  statusOf(uri: string, index: number): 'good' | 'revoked' | 'unknown'
  /** Calls the listener for each bit that is set from now on. Returns an unsubscribe function. */
  onRevoked(listener: (uri: string, index: number) => void): () => void
  /** Finds a list; reads the database if it is unknown, because another server may have just added it. */
  find(id: number): Promise<LiveList | undefined>
  /** Lists all of them, the oldest first. */
  list(): Promise<readonly LiveList[]>
  /** Subscribes to changes. Returns an unsubscribe function. */
  onChange(listener: ChangeListener): () => void
}

const maxSecondsBehind: Seconds = 3 // the database is read every second; a guard takes what is stated meanwhile for current
const clearIntervalSeconds: Seconds = 3_600 // bits that can revoke no token any more stay set that much longer

/** The dependencies of {@link createLiveStatusLists}. */
export interface FollowDeps {
  readonly store: StatusListTables & StatusNumbering
  readonly clock: Clock
  readonly log: Log
}

/** Makes the lists, empty: the first `catchUp` reads them all, and one an hour clears outdated bits. */
export function createLiveStatusLists(deps: FollowDeps, issuer: string): LiveStatusLists {
  const prefix = statusListUri(issuer, '')
  const listeners = new Set<ChangeListener>()
  const follow = followChanges(deps, issuer, listeners)
  const onChange = (listener: ChangeListener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return {
    get seq() {
      return follow.seq()
    },
    isBehind: follow.isBehind,
    catchUp: follow.catchUp,
    refresh: loggingFailures(follow.catchUp, deps),
    statusOf(uri, index) {
      const bits = follow.lists().byUri.get(uri)?.bits
      if (!bits) return uri.startsWith(prefix) ? 'good' : 'unknown' // a list that was just added has no bit set
      if (!(index >= 0 && index < bits.size)) return 'unknown'
      return bits.get(index) === 0 ? 'good' : 'revoked'
    },
    async find(id) {
      const lists = follow.lists()
      if (!lists.byId.has(id)) await readLists(deps.store, lists, issuer)
      return follow.lists().byId.get(id) ?? lists.byId.get(id)
    },
    async list() {
      await readLists(deps.store, follow.lists(), issuer)
      return [...follow.lists().byId.values()]
    },
    onChange,
    onRevoked: (listener) =>
      onChange(({ uri }, _, changes) => changes.forEach(({ index }) => listener(uri, index))),
  }
}

/** Holds the lists as they were last read, and brings them up to date. */
function followChanges(
  { store, clock, log }: FollowDeps,
  issuer: string,
  listeners: Set<ChangeListener>,
) {
  let lists = nothingRead()
  const { now } = steadyClock(clock)
  let [readAt, clearedAt] = [-Infinity, -Infinity]
  let highest = 0
  const seq = () => Math.max(highest, lists.newest?.seq ?? 0)

  /** Notifies listeners list by list, once all lists are up to date. */
  function notify(changes: readonly StatusChange[]) {
    for (const [id, some] of Map.groupBy(changes, ({ list }) => list)) {
      const list = lists.byId.get(id)
      if (!list) continue
      const after = changeBefore(list, some[0]?.seq ?? 0)
      for (const listener of listeners) listener(list, after, some)
    }
  }

  const read = async () => {
    const startedAt = now()
    const isCurrent = await store.numberStatusChanges()
    const isFirst = clearedAt === -Infinity
    const hasRead = !isFirst && (await readChanges(store, lists, issuer, { onPage: notify }))
    const isLost = !isFirst && !hasRead && isCurrent // a standby that lags has lost nothing, and must clear no bit
    if (isLost) log.warn({}, 'the database has lost status changes; all of them are read again')
    const isDue = isFirst || (isCurrent && startedAt - clearedAt >= clearIntervalSeconds)
    if (isLost || isDue) {
      const next = await readAll(store, issuer, clock.now() - shownFor)
      const before = isLost ? 0 : (lists.newest?.seq ?? 0)
      highest = seq()
      lists = next.lists
      clearedAt = startedAt
      notify(next.changes.filter((one) => one.seq > before))
    }
    readAt = isCurrent ? startedAt : -Infinity
    return isCurrent
  }
  // Each caller must see what was committed before its call, so a call during a run gets the next one.
  const catchUp = singleFlight(read, { startAfterCall: true })
  return { catchUp, lists: () => lists, seq, isBehind: () => now() - readAt > maxSecondsBehind }
}

function loggingFailures(
  work: () => Promise<boolean>,
  { log }: Pick<FollowDeps, 'log'>,
): () => Promise<boolean> {
  let failing = false
  return async () => {
    try {
      if (!(await work())) throw fail('database_unusable', { detail: 'it is a standby' })
      if (failing) log.info({}, 'the status lists follow the database again')
      failing = false
    } catch (error) {
      if (!failing) log.warn({ error }, 'the status lists cannot follow the database')
      failing = true
    }
    return !failing
  }
}
