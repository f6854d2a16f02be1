import type { Timer } from '@countersign/token/internal'
import { singleFlightWithBackoff } from '../backoff.ts'
import { followKeys } from './follow-keys.ts'
import { connectFeed, type FeedConnection } from './feed-connection.ts'
import {
  createListCopy,
  lacksKey,
  problemOf,
  verifyWithKeyRefresh,
  type ListCopy,
  type ListCopyOptions,
  type ListLocation,
} from './list-copy.ts'
import type { StatusListEvent, StatusListHealth, StatusListView } from './status-lists.ts'

/** The options of {@link syncList}. */
export interface SyncListOptions extends ListCopyOptions {
  readonly source: 'feed' | 'poll'
  /** True if subscribers are notified when the list becomes stale. */
  readonly endsWhenStale: boolean
  readonly timer: Timer
  readonly onListEvent: (event: StatusListEvent, health: StatusListHealth) => void
}

/** A list that is kept up to date until it is closed. */
export interface SyncedList extends StatusListView {
  /** Does what is due. To be called every second. */
  tick(): void
  health(): StatusListHealth
  close(): void
}

/** Synchronizes a list, by its feed or by polling. Nothing is requested before the first `refresh`. */
export function syncList(location: ListLocation, options: SyncListOptions): SyncedList {
  const { clock, source, onListEvent, endsWhenStale } = options
  const copy = createListCopy(location, options)
  let feed: FeedConnection | undefined
  let closed = false

  const health = (): StatusListHealth => {
    const { problems, ...counters } = copy.counters
    const problem = problems.list ?? problems.feed
    return { uri: location.uri, ...copy.health(), feed: stateOf(feed), ...counters, problem }
  }
  const emit = (event: StatusListEvent) => onListEvent(event, health())

  async function load(): Promise<boolean> {
    const succeeded = await copy.load(feed?.isOpen ?? false)
    if (closed) return succeeded
    emit(succeeded ? 'loaded' : 'load_failed')
    if (source === 'feed' && copy.seq() !== undefined)
      feed ??= listenToFeed(location, options, { copy, emit, load: () => void loading.run() })
    return succeeded
  }
  const loading = singleFlightWithBackoff(load, { clock })

  return {
    statusAt: copy.statusAt,
    refresh: () => (closed ? undefined : loading.runUnlessFailing()),
    subscribe: copy.subscribers.add,
    tick() {
      feed?.tick()
      if (copy.isDue()) void loading.run()
      const transition = copy.transition()
      if (transition === 'stale' && endsWhenStale) copy.subscribers.notifyUnknown()
      if (transition) emit(transition)
    },
    health,
    close() {
      closed = true
      feed?.close()
      copy.clear()
    },
  }
}

/** Listens to the feed of a list, and applies the changes that the issuer has signed. */
function listenToFeed(
  { uri, address }: ListLocation,
  options: SyncListOptions,
  {
    copy,
    emit,
    load,
  }: { copy: ListCopy; emit: (event: StatusListEvent) => void; load: () => void },
): FeedConnection {
  const { signer } = options
  const onKeys = followKeys(signer, options.clock)
  /** Ends the connection for an event that fails verification: an issuer sends none. One whose key is not known yet proves nothing. */
  function reject(error: unknown): void {
    copy.counters.refused++
    copy.counters.problems.feed = problemOf(error)
    emit('event_refused')
    if (lacksKey(error)) return
    load() // for what the event may have said
    throw error
  }
  return connectFeed({
    ...options,
    address,
    seq: () => copy.seq() ?? 0,
    async onData(data) {
      const verify = () => signer.verifier.change(data, uri)
      const change = await verifyWithKeyRefresh(verify, signer).catch(reject)
      if (!change) return undefined
      const event = copy.apply(change)
      if (event) emit(event)
      if (copy.isDue()) load()
      if (event === 'event_refused') return undefined
      onKeys(change.keys)
      return change.expiresAt - change.issuedAt
    },
    onState(state, problem) {
      copy.counters.problems.feed = problem
      if (state === 'cut') copy.mayLag()
      emit(state === 'open' ? 'feed_open' : 'feed_cut')
    },
  })
}

function stateOf(feed: FeedConnection | undefined): StatusListHealth['feed'] {
  if (!feed) return 'off'
  return feed.isOpen ? 'open' : 'cut'
}
