import type { Seconds, Timer } from '@countersign/token'
import { createFlight, problemOf } from './flight.ts'
import { followFeed, type FollowedFeed } from './follow-feed.ts'
import type { Status } from './known-list.ts'
import { createListCopy, type ListCopy, type ListCopyOptions } from './list-copy.ts'
import { believe } from './load-list.ts'
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

/** How a list is followed. */
export interface FollowListOptions extends ListCopyOptions {
  readonly source: 'feed' | 'poll'
  /** Whether those who watch are told when the list is stale. */
  readonly endsWhenStale: boolean
  readonly timer: Timer
  readonly onNews: (news: ListNews, health: StatusListHealth) => void
}

/** A list that is kept up to date until it is closed. */
export interface FollowedList extends WatchedList {
  /** Looks what is due. To be called every second. */
  tick(): void
  health(): StatusListHealth
  close(): void
}

/** Follows a list: nothing is asked before the first `refresh`. */
export function followList(uri: string, options: FollowListOptions): FollowedList {
  const { clock, source, onNews, endsWhenStale } = options
  const copy = createListCopy(uri, options)
  let feed: FollowedFeed | undefined
  let closed = false

  const health = (): StatusListHealth => {
    const { problems, ...counts } = copy.tally
    const problem = problems.list ?? problems.feed
    return { uri, ...copy.health(), feed: toState(feed), ...counts, problem }
  }
  const tell = (news: ListNews) => onNews(news, health())

  const flight = createFlight(clock, async () => {
    const well = await copy.load(feed?.isOpen ?? false)
    if (closed) return well
    tell(well ? 'loaded' : 'load_failed')
    if (source === 'feed' && copy.seq() !== undefined)
      feed ??= hearFeed(uri, options, { copy, tell, load: () => void flight.go() })
    return well
  })

  return {
    statusAt: copy.statusAt,
    refresh: () => (closed ? undefined : flight.goUnlessFailing()),
    watch: copy.watchers.add,
    tick() {
      feed?.tick()
      if (copy.isDue()) void flight.go()
      const turn = copy.turn()
      if (turn === 'stale' && endsWhenStale) copy.watchers.lost()
      if (turn) tell(turn)
    },
    health,
    close() {
      closed = true
      feed?.close()
      copy.forget()
    },
  }
}

/** Hears the feed of a list, and takes into the copy what the issuer has signed. */
function hearFeed(
  uri: string,
  options: FollowListOptions,
  { copy, tell, load }: { copy: ListCopy; tell: (news: ListNews) => void; load: () => void },
): FollowedFeed {
  const { issuer } = options
  function noteRefused(error: unknown): void {
    copy.tally.refused++
    copy.tally.problems.feed = problemOf(error)
    tell('event_refused')
  }
  return followFeed({
    ...options,
    uri,
    seq: () => copy.seq() ?? 0,
    async hear(data) {
      const read = () => issuer.verifier.change(data, uri)
      const change = await believe(read, issuer).catch(noteRefused)
      if (!change) return undefined
      const news = copy.take(change)
      if (news) tell(news)
      if (copy.isDue()) load()
      return news === 'event_refused' ? undefined : change.expiresAt - change.issuedAt
    },
    onState(state, problem) {
      copy.tally.problems.feed = problem
      if (state === 'cut') copy.mayLag()
      tell(state === 'open' ? 'feed_open' : 'feed_cut')
    },
  })
}

function toState(feed: FollowedFeed | undefined): StatusListHealth['feed'] {
  if (!feed) return 'off'
  return feed.isOpen ? 'open' : 'cut'
}
