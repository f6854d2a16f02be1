import type { Seconds } from '@countersign/token/internal'
import type { Status } from './known-list.ts'
import type { OnStatusEnd } from './watchers.ts'

/** A list that statuses are looked up in. */
export interface WatchedList {
  /** At once, from memory. Fails with `status_index_unknown` outside of the list. */
  statusAt(index: number, now: Seconds): Status
  /** Loads the list, or joins whoever does; nothing where that was tried a moment ago. */
  refresh(): Promise<void> | undefined
  /** Tells once when a status ends, and when the list is stale and its tokens are refused for that. */
  watch(index: number, onEnd: OnStatusEnd): () => void
}

/** How a followed list is doing: for health checks and metrics. */
export interface StatusListHealth {
  readonly uri: string
  /** Whether it may be gone by: loaded, and confirmed within `maxStale`. */
  readonly current: boolean
  /** Seconds since it was last confirmed; `undefined` before it was loaded. */
  readonly age: Seconds | undefined
  /** The last change that is in it; `undefined` where the issuer does not count them. */
  readonly seq: number | undefined
  /** `open` while changes are pushed, `cut` while they are polled for until the feed is back, `off` where there is none. */
  readonly feed: 'open' | 'cut' | 'off'
  /** How often it was loaded, and how often that failed. */
  readonly loads: number
  readonly failed: number
  /** Statuses that the feed has set. */
  readonly changes: number
  /** How often changes were missed, and the list was loaded again for that. */
  readonly gaps: number
  /** Events of the feed that were not believed: unsigned, of another list, old or played again. */
  readonly refused: number
  /** Why the list or its feed cannot be had, for the operator. */
  readonly problem: string | undefined
}

/** What has happened to a list. */
export type ListNews =
  | 'loaded'
  | 'load_failed'
  | 'feed_open'
  | 'feed_cut'
  | 'changed'
  | 'gap'
  | 'event_refused'
  | 'stale'
  | 'current'

/** All lists of an issuer. */
export interface Lists {
  listAt(uri: string): WatchedList
  health(): readonly StatusListHealth[]
  close(): void
}
