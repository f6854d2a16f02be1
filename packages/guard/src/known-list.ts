import type {
  Seconds,
  StatusList,
  VerifiedStatusChange,
  VerifiedStatusList,
} from '@countersign/token/internal'

/** What is known of one status list. A value, but for the bits of its list: a million are not copied to set one. */
export interface KnownList {
  readonly list: StatusList
  /** The last change that is in it; none where the issuer does not count them. */
  readonly seq: number | undefined
  /** The last change of which we know anything: beyond `seq` while others before it are missing. */
  readonly heard: number | undefined
  /** The last change in the copy that was loaded last. */
  readonly loadedSeq: number | undefined
  /** Changes were missed: it is to be loaded, whatever the time. */
  readonly missed: boolean
  /** Whether the feed may now come from a server that knows less than we do, and whether that was seen: once for each connection. */
  readonly lag: 'none' | 'possible' | 'seen'
  /** When the issuer signed the copy that was loaded, by its own clock. */
  readonly issuedAt: Seconds
  /** When the issuer said its newest word that we heard, by its own clock. */
  readonly saidAt: Seconds
  /** Until when we know that we missed nothing, by our clock: never long after the issuer signed what says so. */
  readonly confirmedAt: Seconds
  /** When the list was last asked for, and the answer was of use. */
  readonly askedAt: Seconds
  readonly expiresAt: Seconds
  /** When to load it again, whatever the feed says: well before it ends. */
  readonly renewAt: Seconds
  /** How long it may go without being confirmed, and the moment when it has. */
  readonly maxStale: Seconds
  readonly usableUntil: Seconds
}

/** What a list says of an index: `stale` when it says good and was not confirmed for too long, `unknown` before it was loaded. */
export type Status = 'good' | 'revoked' | 'stale' | 'unknown'

/** What a change means to whoever knows a list: the next one, one after others that were missed, or one of a shorter history. */
export type ChangeVerdict = 'next' | 'gap' | 'behind' | 'stale'

const leeway = 5 // seconds that two clocks may differ, as for tokens
const usualTtl = 300 // seconds, where the issuer does not say
const [leastTtl, mostTtl] = [10, 86_400] // seconds; no issuer makes us ask more often, or go without asking for longer

/** How a list is loaded. */
export interface Loading {
  /** When it was asked for. */
  readonly askedAt: Seconds
  /** The user's own bound; the list's ttl where there is none. */
  readonly maxStale: Seconds | undefined
  /** Whether a feed is open: then a copy that knows less than we do was merely overtaken by it. */
  readonly isFed: boolean
}

/**
 * What is known once a copy is loaded. A copy that knows less than we do never takes a revocation back: a cache was slow, one of several
 * servers lags, or the issuer's database was restored.
 */
export function learnList(
  before: KnownList | undefined,
  loaded: VerifiedStatusList,
  loading: Loading,
): KnownList {
  const { list, seq, issuedAt, expiresAt, ttl = usualTtl } = loaded
  const { askedAt, isFed, maxStale = clamp(ttl) } = loading
  const saidAt = Math.max(before?.saidAt ?? 0, issuedAt)
  const lag = before?.lag === 'possible' ? 'possible' : 'none'
  const settled = { loadedSeq: seq, missed: false, lag } as const
  const learnt = { ...settled, list, seq, heard: seq, issuedAt, saidAt, expiresAt, maxStale }
  if (!before) return confirmed(learnt, askedAt)
  if (!knowsLess(loaded, before)) return confirmed(learnt, askedAt, before.confirmedAt)
  const both = union(before.list, list)
  const overtaken = isFed && before.lag !== 'seen'
  if (overtaken || issuedAt < before.issuedAt)
    return { ...before, ...settled, list: both, seq: later(before.seq, seq) }
  // `heard` stays: until the issuer's history is that long again, the next copy too may lack what we know
  return confirmed({ ...learnt, list: both, heard: later(before.heard, seq) }, askedAt)
}

/** What is known once we were told that the copy in hand is the newest. Nobody signs that: it is as fresh as the copy, and no fresher. */
export function confirmList(known: KnownList, askedAt: Seconds): KnownList {
  return confirmed(known, askedAt, known.confirmedAt)
}

/** Judges a change. Pure. */
export function judgeChange(
  { seq, saidAt }: KnownList,
  change: VerifiedStatusChange,
): ChangeVerdict {
  if (seq === undefined || change.issuedAt < saidAt - leeway) return 'stale'
  if (change.after > seq) return 'gap'
  return change.seq < seq ? 'behind' : 'next'
}

/** What is known once a change has been heard, beside the bits that it sets. */
export function learnChange(
  known: KnownList,
  change: VerifiedStatusChange,
  now: Seconds,
): KnownList {
  switch (judgeChange(known, change)) {
    case 'stale':
      return known
    case 'next':
      return learnNext(known, change, now)
    case 'gap':
      return { ...known, heard: later(known.heard, change.seq), missed: true }
    case 'behind':
      return known.lag === 'possible' ? { ...known, lag: 'seen', missed: true } : known
  }
}

/** Nothing was missed until this was signed. */
function learnNext(known: KnownList, change: VerifiedStatusChange, now: Seconds): KnownList {
  const { seq, issuedAt } = change
  const confirmedAt = Math.max(known.confirmedAt, Math.min(now, issuedAt))
  return {
    ...known,
    seq: later(known.seq, seq),
    heard: later(known.heard, seq),
    saidAt: Math.max(known.saidAt, issuedAt),
    confirmedAt,
    usableUntil: usableUntil(known, confirmedAt),
  }
}

/** Whether all that we know is in the copy that was loaded: then "unchanged" is an answer that is worth having. */
export function isAsLoaded({ missed, heard, loadedSeq }: KnownList): boolean {
  return !missed && heard === loadedSeq
}

/** Whether the list should be loaded now. */
export function isDue(known: KnownList | undefined, now: Seconds): boolean {
  if (!known || known.missed) return true
  const every = pollEvery(known)
  const nextAt = Math.max(known.confirmedAt + every, known.askedAt + every / 5) // soon again where the answer was an old one
  return now >= Math.min(nextAt, known.renewAt)
}

/** What the list says of an index; whatever another value than 0 means, it is not "valid". Fails with `status_index_unknown`. */
export function statusIn(known: KnownList | undefined, index: number, now: Seconds): Status {
  if (!known) return 'unknown'
  if (known.list.get(index) !== 0) return 'revoked'
  return now < known.usableUntil ? 'good' : 'stale'
}

function later(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)
}

/** How often to ask where nobody tells: so that one answer may be lost before the list is stale. */
function pollEvery({ maxStale }: KnownList): Seconds {
  return Math.max(1, Math.min(maxStale, mostTtl) / 2)
}

/**
 * A copy that was signed long ago confirms nothing since, whoever hands it out: a cache, or a server that cannot read its database. An issuer
 * that does not count its changes has no heartbeat either, and may sign seldom: there the end of its copy is the bound.
 */
function confirmed(
  known: Omit<KnownList, 'confirmedAt' | 'askedAt' | 'renewAt' | 'usableUntil'>,
  askedAt: Seconds,
  before = -Infinity,
): KnownList {
  const { seq, issuedAt, expiresAt } = known
  const signedAt = seq === undefined ? askedAt : Math.min(askedAt, issuedAt + leeway)
  const confirmedAt = Math.max(before, signedAt)
  const renewAt = askedAt + Math.max(leastTtl, (expiresAt - askedAt) / 2)
  return { ...known, confirmedAt, askedAt, renewAt, usableUntil: usableUntil(known, confirmedAt) }
}

/** Never beyond the end that the issuer gave to its copy. */
function usableUntil(
  { maxStale, expiresAt }: Pick<KnownList, 'maxStale' | 'expiresAt'>,
  confirmedAt: Seconds,
): Seconds {
  return Math.min(confirmedAt + maxStale, expiresAt + leeway)
}

function knowsLess({ seq, issuedAt }: VerifiedStatusList, before: KnownList): boolean {
  if (seq === undefined || before.heard === undefined) return issuedAt < before.issuedAt
  return seq < before.heard
}

/** The second list, with all that the first one knows besides. */
function union(known: StatusList, loaded: StatusList): StatusList {
  const size = Math.min(known.size, loaded.size)
  for (let index = 0; index < size; index++) {
    const status = known.get(index)
    if (status !== 0 && loaded.get(index) === 0) loaded.set(index, 1)
  }
  return loaded
}

function clamp(ttl: Seconds): Seconds {
  return Math.min(mostTtl, Math.max(leastTtl, ttl))
}
