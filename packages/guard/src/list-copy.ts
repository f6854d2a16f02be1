import type { Clock } from '@countersign/token'
import type { Seconds, VerifiedStatusChange } from '@countersign/token/internal'
import { problemOf } from './flight.ts'
import type { ListNews, StatusListHealth } from './watched-list.ts'
import {
  confirmList,
  isAsLoaded,
  isDue,
  judgeChange,
  learnChange,
  learnList,
  statusIn,
  type KnownList,
  type Status,
} from './known-list.ts'
import { createLoadList, type ListIssuer } from './load-list.ts'
import { createWatchers, type Watchers } from './watchers.ts'

/** What is counted of a list, and what is wrong with it and with its feed. */
export type ListTally = {
  -readonly [name in 'loads' | 'failed' | 'changes' | 'gaps' | 'refused']: StatusListHealth[name]
} & { problems: { list: string | undefined; feed: string | undefined } }

/** The copy of one list in memory: what is known of it, by whatever way it came. */
export interface ListCopy {
  readonly tally: ListTally
  readonly watchers: Watchers
  readonly seq: () => number | undefined
  statusAt(index: number, now: Seconds): Status
  /** Loads it; answers whether that went well. `isFed`: whether a feed runs ahead of what is loaded. */
  load(isFed: boolean): Promise<boolean>
  /** Takes a change that the issuer has signed; answers what is worth telling. */
  take(change: VerifiedStatusChange): ListNews | undefined
  /** Whether it should be loaded now. */
  isDue(): boolean
  /** Whether it has become stale, or current again, since this was asked last. */
  turn(): 'stale' | 'current' | undefined
  /** A new connection may lead to another server, which may know less. */
  mayLag(): void
  health(): Pick<StatusListHealth, 'current' | 'age' | 'seq'>
  forget(): void
}

/** What a copy is made of. */
export interface ListCopyOptions {
  readonly issuer: ListIssuer
  readonly maxStale: Seconds | undefined
  readonly fetch: typeof fetch
  readonly clock: Clock
}

/** Makes the copy of a list; nothing is known at first. */
export function createListCopy(uri: string, options: ListCopyOptions): ListCopy {
  const { issuer, maxStale, fetch, clock } = options
  const fetchList = createLoadList(uri, issuer, fetch)
  const watchers = createWatchers()
  const tally = newTally()
  let known: KnownList | undefined
  let wasCurrent = true
  const isCurrent = () => known !== undefined && clock.now() < known.usableUntil

  async function load(isFed: boolean): Promise<void> {
    const askedAt = clock.now()
    const loaded = await fetchList(known !== undefined && isAsLoaded(known))
    if (loaded !== 'unchanged') known = learnList(known, loaded, { askedAt, maxStale, isFed })
    else if (known) known = confirmList(known, askedAt)
    watchers.review((index) => statusIn(known, index, askedAt) === 'revoked')
  }

  return {
    tally,
    watchers,
    seq: () => known?.seq,
    statusAt: (index, now) => statusIn(known, index, now),
    load: (isFed) => counted(tally, load(isFed)),
    take(change) {
      if (!known) return undefined
      const news = take(known, change, { tally, watchers })
      known = learnChange(known, change, clock.now())
      return news
    },
    isDue: () => isDue(known, clock.now()),
    turn() {
      if (isCurrent() === wasCurrent) return undefined
      wasCurrent = !wasCurrent
      return wasCurrent ? 'current' : 'stale'
    },
    mayLag() {
      known &&= { ...known, lag: 'possible' }
    },
    health() {
      const age = known && clock.now() - known.confirmedAt
      return { current: isCurrent(), age, seq: known?.seq }
    },
    forget() {
      known = undefined
    },
  }
}

function newTally(): ListTally {
  const problems = { list: undefined, feed: undefined }
  return { loads: 0, failed: 0, changes: 0, gaps: 0, refused: 0, problems }
}

/** Counts a load, and answers whether it went well. */
async function counted(tally: ListTally, load: Promise<void>): Promise<boolean> {
  tally.loads++
  try {
    await load
    tally.problems.list = undefined
    return true
  } catch (error) {
    tally.failed++
    tally.problems.list = problemOf(error)
    return false
  }
}

type Told = Pick<ListCopy, 'tally' | 'watchers'>

/** Sets the bits of a change that may be believed, and counts it. Even one of a gap says nothing but the truth. */
function take(known: KnownList, change: VerifiedStatusChange, told: Told): ListNews | undefined {
  const { tally } = told
  const verdict = judgeChange(known, change)
  if (verdict === 'stale') {
    tally.refused++
    tally.problems.feed = 'an event of the feed is older than one before it'
    return 'event_refused'
  }
  const set = setAll(known, change, told)
  if (verdict === 'gap' || (verdict === 'behind' && known.lag === 'possible')) {
    tally.gaps++
    return 'gap'
  }
  return set > 0 ? 'changed' : undefined
}

/** Sets bits, and tells who watches them; answers how many were new. One beyond the list is known with the list that has it. */
function setAll({ list }: KnownList, { indexes }: VerifiedStatusChange, told: Told): number {
  const fresh = indexes.filter((index) => index < list.size && list.get(index) === 0)
  for (const index of fresh) {
    list.set(index, 1)
    told.watchers.revoked(index)
  }
  told.tally.changes += fresh.length
  return fresh.length
}
