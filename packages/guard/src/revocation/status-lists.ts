import type { Seconds } from '@countersign/token/internal'
import type { Status } from './list-state.ts'
import type { RevocationListener } from './subscribers.ts'

/** A status list that the revocation check reads. */
export interface StatusListView {
  /** Returns the status at once, from memory. Fails with `status_index_unknown` outside of the list. */
  statusAt(index: number, now: Seconds): Status
  /** Loads the list, or joins a load that is running; `undefined` if that was tried a moment ago. */
  refresh(): Promise<void> | undefined
  /**
   * Calls `listener` once when a status is revoked, and when the list becomes stale and its tokens are refused for that. Returns an
   * unsubscribe function.
   */
  subscribe(index: number, listener: RevocationListener): () => void
}

/** The state of a synchronized list, for health checks and metrics. */
export interface StatusListHealth {
  readonly uri: string
  /** True if it can be relied on: loaded, and confirmed within `maxStale`. */
  readonly current: boolean
  /** Seconds since it was last confirmed; `undefined` before it was loaded. */
  readonly age: Seconds | undefined
  /** The sequence number of the last change in it; `undefined` if the issuer does not number its changes. */
  readonly seq: number | undefined
  /** `open` while changes are pushed, `cut` while they are polled for until the feed is back, `off` if there is none. */
  readonly feed: 'open' | 'cut' | 'off'
  /** The number of loads, and of loads that failed. */
  readonly loads: number
  readonly failed: number
  /** The number of statuses that the feed has set. */
  readonly changes: number
  /** The number of times that changes were missed, and the list was loaded again for that. */
  readonly gaps: number
  /** The number of rejected events of the feed: unsigned, of another list, old or replayed. */
  readonly refused: number
  /** The reason why the list or its feed is unavailable, for the operator. */
  readonly problem: string | undefined
}

/** An event of a status list. */
export type StatusListEvent =
  | 'loaded'
  | 'load_failed'
  | 'feed_open'
  | 'feed_cut'
  | 'changed'
  | 'gap'
  | 'event_refused'
  | 'stale'
  | 'current'

/** All status lists of one issuer. */
export interface StatusLists {
  listAt(uri: string): StatusListView
  health(): readonly StatusListHealth[]
  close(): void
}
