import { isCountersignError, type Clock, type KeySource } from '@countersign/token'
import {
  createFetchStatusList,
  problemOf as requestProblemOf,
  type Seconds,
  type StatusListVerifier,
  type VerifiedStatusChange,
  type VerifiedStatusList,
} from '@countersign/token/internal'
import {
  afterStepBack,
  applyChange,
  applyList,
  classifyChange,
  confirmList,
  isDue,
  isUnchangedSinceLoad,
  statusOf,
  type ListState,
  type Status,
} from './list-state.ts'
import type { StatusListEvent, StatusListHealth } from './status-lists.ts'
import { createStatusSubscribers, type StatusSubscribers } from './subscribers.ts'

/** The counters of a list, and the current problems of it and of its feed. */
export type ListCounters = {
  -readonly [name in 'loads' | 'failed' | 'changes' | 'gaps' | 'refused']: StatusListHealth[name]
} & { problems: { list: string | undefined; feed: string | undefined } }

/** The copy of one list in memory, whether its contents were loaded or pushed. */
export interface ListCopy {
  readonly counters: ListCounters
  readonly subscribers: StatusSubscribers
  readonly seq: () => number | undefined
  statusAt(index: number, now: Seconds): Status
  /** Loads it and resolves to whether that succeeded. `isFed`: true if a feed may be ahead of what is loaded. */
  load(isFed: boolean): Promise<boolean>
  /** Applies a change that the issuer has signed; returns the event to emit. */
  apply(change: VerifiedStatusChange): StatusListEvent | undefined
  /** Returns true if it should be loaded now. */
  isDue(): boolean
  /** Returns `stale` or `current` if it has become that since the last call. */
  transition(): 'stale' | 'current' | undefined
  /** Notes that the next connection may reach another server, which may know less. */
  mayLag(): void
  health(): Pick<StatusListHealth, 'current' | 'age' | 'seq'>
  clear(): void
}

/** The issuer of a list, as far as verifying it needs. */
export interface ListSigner {
  readonly verifier: StatusListVerifier
  /** The issuer's keys; refreshed for a key that is not known, and after a change. */
  readonly keys: Pick<KeySource, 'refresh'>
}

/** The parts that a copy is made of. */
export interface ListCopyOptions {
  readonly signer: ListSigner
  readonly maxStale: Seconds | undefined
  readonly fetch: typeof fetch
  readonly clock: Clock
}

/** A list: its name, which tokens and the issuer's signatures have, and the URL where it is served, by the issuer or by a relay. */
export interface ListLocation {
  readonly uri: string
  readonly address: string
  /** The one origin that may be asked over plain http. */
  readonly allowInsecureHttp?: string | undefined
}

/** Creates the copy of a list; it is empty at first. */
export function createListCopy(location: ListLocation, options: ListCopyOptions): ListCopy {
  const { maxStale } = options
  const loadList = createLoadList(location, options)
  const subscribers = createStatusSubscribers()
  const counters = newCounters()
  const held = holdState(options.clock)
  let wasCurrent = true

  async function load(isFed: boolean): Promise<void> {
    const { state: before, now: begunAt } = held.read()
    const loaded = await loadList(before !== undefined && isUnchangedSinceLoad(before))
    const { state, now } = held.read()
    const requestedAt = Math.min(begunAt, now) // the clock may have been set back meanwhile
    if (loaded !== 'unchanged') held.set(applyList(state, loaded, { requestedAt, maxStale, isFed }))
    else if (state) held.set(confirmList(state, requestedAt))
    subscribers.notifyAll((index) => statusOf(held.peek(), index, requestedAt) === 'revoked')
  }

  return {
    counters,
    subscribers,
    seq: () => held.peek()?.seq,
    statusAt: (index, now) => statusOf(held.peek(), index, now),
    load: (isFed) => counted(counters, load(isFed)),
    apply(change) {
      const { state, now } = held.read()
      if (!state) return undefined
      const event = setRevoked(state, change, { counters, subscribers })
      held.set(applyChange(state, change, now))
      return event
    },
    isDue() {
      const { state, now } = held.read()
      return isDue(state, now)
    },
    transition() {
      if (isCurrent(held.read()) === wasCurrent) return undefined
      wasCurrent = !wasCurrent
      return wasCurrent ? 'current' : 'stale'
    },
    mayLag: () => held.mayLag(),
    health: () => healthOf(held.read()),
    clear: () => held.set(undefined),
  }
}

interface Reading {
  readonly state: ListState | undefined
  readonly now: Seconds
}

/** Holds the state of a list, and moves it with our clock when that is set back, which is noticed within a second: a list ticks every second. */
function holdState(clock: Clock) {
  let state: ListState | undefined
  let last = clock.now()
  return {
    /** Returns the state without a look at the clock. */
    peek: () => state,
    read(): Reading {
      const now = clock.now()
      if (now < last) state &&= afterStepBack(state, last - now)
      last = now
      return { state, now }
    },
    set(next: ListState | undefined) {
      state = next
    },
    mayLag() {
      state &&= { ...state, lag: 'possible' }
    },
  }
}

function isCurrent({ state, now }: Reading): boolean {
  return state !== undefined && now < state.usableUntil
}

function healthOf(reading: Reading): Pick<StatusListHealth, 'current' | 'age' | 'seq'> {
  const { state, now } = reading
  return { current: isCurrent(reading), age: state && now - state.confirmedAt, seq: state?.seq }
}

/**
 * Creates the function that loads one list. It resolves to `unchanged` if the copy in memory still is the newest, which is asked only if
 * `isConditional`. Fails with the codes of a token and of a list.
 */
function createLoadList(
  { uri, address, allowInsecureHttp }: ListLocation,
  { signer, fetch }: Omit<ListCopyOptions, 'maxStale' | 'clock'>,
) {
  const fetchList = createFetchStatusList(address, { fetch, allowInsecureHttp })
  let etag: string | undefined
  return async (isConditional: boolean): Promise<VerifiedStatusList | 'unchanged'> => {
    const { token, etag: next } = await fetchList(isConditional ? etag : undefined)
    if (token === 'unchanged') return 'unchanged'
    const loaded = await verifyWithKeyRefresh(() => signer.verifier.list(token, uri), signer)
    etag = next // only of a list that was verified
    return loaded
  }
}

/** Verifies what the issuer has signed, and retries once after refreshing keys if its key is not known. */
export async function verifyWithKeyRefresh<T>(verify: () => T, { keys }: ListSigner): Promise<T> {
  try {
    return verify()
  } catch (error) {
    if (!lacksKey(error) || !keys.refresh) throw error
    await keys.refresh()
    return verify()
  }
}

/** Returns true for the failure of a verification whose key is not known, and may be later. */
export function lacksKey(error: unknown): boolean {
  return (
    isCountersignError(error) &&
    (error.code === 'key_unknown' || error.code === 'key_set_unavailable')
  )
}

/** Describes a remote failure for the operator: our own message as it is, and the innermost cause of any other error. */
export function problemOf(error: unknown): string {
  return isCountersignError(error) ? error.message : requestProblemOf(error)
}

function newCounters(): ListCounters {
  const problems = { list: undefined, feed: undefined }
  return { loads: 0, failed: 0, changes: 0, gaps: 0, refused: 0, problems }
}

/** Counts a load, and resolves to whether it succeeded. */
async function counted(counters: ListCounters, load: Promise<void>): Promise<boolean> {
  counters.loads++
  try {
    await load
    counters.problems.list = undefined
    return true
  } catch (error) {
    counters.failed++
    counters.problems.list = problemOf(error)
    return false
  }
}

type Targets = Pick<ListCopy, 'counters' | 'subscribers'>

/** Sets the bits of a change and counts it, unless it is stale. Even a change after a gap is true as far as it goes. */
function setRevoked(
  state: ListState,
  change: VerifiedStatusChange,
  targets: Targets,
): StatusListEvent | undefined {
  const { counters } = targets
  const verdict = classifyChange(state, change)
  if (verdict === 'stale') {
    counters.refused++
    counters.problems.feed = 'an event of the feed is older than one before it'
    return 'event_refused'
  }
  const newlySet = setBits(state, change, targets)
  if (verdict === 'gap' || (verdict === 'behind' && state.lag === 'possible')) {
    counters.gaps++
    return 'gap'
  }
  return newlySet > 0 ? 'changed' : undefined
}

/** Sets bits and notifies their subscribers; returns how many were new. One beyond the list arrives with the next load of it. */
function setBits({ list }: ListState, { indexes }: VerifiedStatusChange, targets: Targets): number {
  const newlySet = indexes.filter((index) => index < list.size && list.get(index) === 0)
  for (const index of newlySet) {
    list.set(index, 1)
    targets.subscribers.notifyRevoked(index)
  }
  targets.counters.changes += newlySet.length
  return newlySet.length
}
