import type { Timer } from '@countersign/token/internal'
import { createFlight, problemOf } from './flight.ts'
import { followFeed, type FollowedFeed } from './follow-feed.ts'
import { createListCopy, type ListCopy, type ListCopyOptions } from './list-copy.ts'
import { believe } from './load-list.ts'
import type { ListNews, StatusListHealth, WatchedList } from './watched-list.ts'

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
