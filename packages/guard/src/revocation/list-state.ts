import type {
  Seconds,
  StatusList,
  VerifiedStatusChange,
  VerifiedStatusList,
} from '@countersign/token/internal'

/** The state of one status list. Immutable, but for the bits of its list: a million are not copied to set one. */
export interface ListState {
  readonly list: StatusList
  /** The sequence number of the last change in it; `undefined` if the issuer does not number its changes. */
  readonly seq: number | undefined
  /** The highest sequence number seen: above `seq` while changes before it are missing. */
  readonly highestSeq: number | undefined
  /** The sequence number of the copy that was loaded last. */
  readonly loadedSeq: number | undefined
  /** True if changes were missed: the list is to be loaded, whatever the time. */
  readonly hasGap: boolean
  /** `possible` if the feed may now come from a server that knows less than this copy, `seen` after that was seen: once for each connection. */
  readonly lag: 'none' | 'possible' | 'seen'
  /** The time at which the issuer signed the copy that was loaded, by its own clock. */
  readonly issuedAt: Seconds
  /** The time at which the issuer signed the newest list or change seen, by its own clock. */
  readonly newestIssuedAt: Seconds
  /** The time until which nothing was missed, by our clock: never long after the issuer signed what confirms it. */
  readonly confirmedAt: Seconds
  /** The time of the last successful request for the list. */
  readonly requestedAt: Seconds
  readonly expiresAt: Seconds
  /** The time to load it again, independent of what the feed sends: well before it expires. */
  readonly reloadAt: Seconds
  /** The maximum time that it may be used without confirmation, and the time at which that is over. */
  readonly maxStale: Seconds
  readonly usableUntil: Seconds
}

/** The status of an index: `stale` if the list says good and was not confirmed for too long, `unknown` before it was loaded. */
export type Status = 'good' | 'revoked' | 'stale' | 'unknown'

/** The relation of a change to a list: the next one, one after others that were missed, one of a shorter history, or too old. */
export type ChangeVerdict = 'next' | 'gap' | 'behind' | 'stale'

const leeway = 5 // seconds that two clocks may differ, as for tokens
const defaultTtl = 300 // seconds, if the issuer sets none
const [minTtl, maxTtl] = [10, 86_400] // seconds; no issuer makes a guard poll more often, or go without polling for longer

/** The circumstances in which a list was loaded. */
export interface Loading {
  /** The time of the request for it. */
  readonly requestedAt: Seconds
  /** The `maxStale` of the options; the list's ttl if there is none. */
  readonly maxStale: Seconds | undefined
  /** True if a feed is open: then a copy that knows less than the state was merely overtaken by the feed. */
  readonly isFed: boolean
}

/**
 * Returns the state after a copy is loaded. A copy that knows less than the state never undoes a revocation: a cache was slow, one of
 * several servers lags, or the issuer's database was restored.
 */
export function applyList(
  before: ListState | undefined,
  loaded: VerifiedStatusList,
  loading: Loading,
): ListState {
  const { list, seq, issuedAt, expiresAt, ttl = defaultTtl } = loaded
  const { requestedAt, isFed, maxStale = clamp(ttl) } = loading
  const newestIssuedAt = Math.max(before?.newestIssuedAt ?? 0, issuedAt)
  const lag = before?.lag === 'possible' ? 'possible' : 'none'
  const settled = { loadedSeq: seq, hasGap: false, lag } as const
  const next = {
    ...settled,
    list,
    seq,
    highestSeq: seq,
    issuedAt,
    newestIssuedAt,
    expiresAt,
    maxStale,
  }
  if (!before) return confirmed(next, requestedAt)
  if (!knowsLess(loaded, before)) return confirmed(next, requestedAt, before.confirmedAt)
  const both = union(before.list, list)
  const overtaken = isFed && before.lag !== 'seen'
  if (overtaken || issuedAt < before.issuedAt)
    return { ...before, ...settled, list: both, seq: later(before.seq, seq) }
  // `highestSeq` stays: until the issuer's history is that long again, the next copy too may lack known revocations
  return confirmed({ ...next, list: both, highestSeq: later(before.highestSeq, seq) }, requestedAt)
}

/** Returns the state after a 304 Not Modified. That answer is not signed: the state is as fresh as the copy, and no fresher. */
export function confirmList(known: ListState, requestedAt: Seconds): ListState {
  return confirmed(known, requestedAt, known.confirmedAt)
}

/**
 * Returns the state after our clock was set back by some seconds: everything that it dated moves with it, so that no pause and no freshness
 * becomes longer. What the issuer dated stays.
 */
export function afterStepBack(known: ListState, by: Seconds): ListState {
  const confirmedAt = known.confirmedAt - by
  return {
    ...known,
    confirmedAt,
    requestedAt: known.requestedAt - by,
    reloadAt: known.reloadAt - by,
    usableUntil: usableUntil(known, confirmedAt),
  }
}

/** Classifies a change. Pure. */
export function classifyChange(
  { seq, newestIssuedAt }: ListState,
  change: VerifiedStatusChange,
): ChangeVerdict {
  if (seq === undefined || change.issuedAt < newestIssuedAt - leeway) return 'stale'
  if (change.after > seq) return 'gap'
  return change.seq < seq ? 'behind' : 'next'
}

/** Returns the state after a change, apart from the bits that it sets. */
export function applyChange(
  known: ListState,
  change: VerifiedStatusChange,
  now: Seconds,
): ListState {
  switch (classifyChange(known, change)) {
    case 'stale':
      return known
    case 'next':
      return applyNext(known, change, now)
    case 'gap':
      return { ...known, highestSeq: later(known.highestSeq, change.seq), hasGap: true }
    case 'behind':
      return known.lag === 'possible' ? { ...known, lag: 'seen', hasGap: true } : known
  }
}

/** The next change confirms that nothing was missed until it was signed. */
function applyNext(known: ListState, change: VerifiedStatusChange, now: Seconds): ListState {
  const { seq, issuedAt } = change
  const confirmedAt = Math.max(known.confirmedAt, Math.min(now, issuedAt))
  return {
    ...known,
    seq: later(known.seq, seq),
    highestSeq: later(known.highestSeq, seq),
    newestIssuedAt: Math.max(known.newestIssuedAt, issuedAt),
    confirmedAt,
    usableUntil: usableUntil(known, confirmedAt),
  }
}

/** Returns true if the loaded copy holds all known changes: then a conditional request is useful. */
export function isUnchangedSinceLoad({ hasGap, highestSeq, loadedSeq }: ListState): boolean {
  return !hasGap && highestSeq === loadedSeq
}

/** Returns true if the list should be loaded now. */
export function isDue(known: ListState | undefined, now: Seconds): boolean {
  if (!known || known.hasGap) return true
  const interval = pollInterval(known)
  const nextAt = Math.max(known.confirmedAt + interval, known.requestedAt + interval / 5) // soon again if the answer was an old one
  return now >= Math.min(nextAt, known.reloadAt)
}

/** Returns the status of an index; any other value than 0 counts as revoked. Fails with `status_index_unknown`. */
export function statusOf(known: ListState | undefined, index: number, now: Seconds): Status {
  if (!known) return 'unknown'
  if (known.list.get(index) !== 0) return 'revoked'
  return now < known.usableUntil ? 'good' : 'stale'
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)
}

/** The interval of polling: one answer may be lost before the list is stale. */
function pollInterval({ maxStale }: ListState): Seconds {
  return Math.max(1, Math.min(maxStale, maxTtl) / 2)
}

/**
 * Confirms a state. A copy that was signed long ago confirms nothing since, whether a cache served it or a server that cannot read its
 * database. An issuer that does not number its changes has no heartbeat either, and may sign rarely: there the expiry of its copy is the limit.
 */
function confirmed(
  known: Omit<ListState, 'confirmedAt' | 'requestedAt' | 'reloadAt' | 'usableUntil'>,
  requestedAt: Seconds,
  before = -Infinity,
): ListState {
  const { seq, issuedAt, expiresAt } = known
  const signedAt = seq === undefined ? requestedAt : Math.min(requestedAt, issuedAt + leeway)
  const confirmedAt = Math.max(before, signedAt)
  const reloadAt = requestedAt + Math.max(minTtl, (expiresAt - requestedAt) / 2)
  return {
    ...known,
    confirmedAt,
    requestedAt,
    reloadAt,
    usableUntil: usableUntil(known, confirmedAt),
  }
}

/** Never beyond the expiry that the issuer gave to its copy. */
function usableUntil(
  { maxStale, expiresAt }: Pick<ListState, 'maxStale' | 'expiresAt'>,
  confirmedAt: Seconds,
): Seconds {
  return Math.min(confirmedAt + maxStale, expiresAt + leeway)
}

function knowsLess({ seq, issuedAt }: VerifiedStatusList, before: ListState): boolean {
  if (seq === undefined || before.highestSeq === undefined) return issuedAt < before.issuedAt
  return seq < before.highestSeq
}

/** Adds the revocations of the first list to the second, and returns it. */
function union(known: StatusList, loaded: StatusList): StatusList {
  const size = Math.min(known.size, loaded.size)
  for (let index = 0; index < size; index++) {
    const status = known.get(index)
    if (status !== 0 && loaded.get(index) === 0) loaded.set(index, 1)
  }
  return loaded
}

function clamp(ttl: Seconds): Seconds {
  return Math.min(maxTtl, Math.max(minTtl, ttl))
}
