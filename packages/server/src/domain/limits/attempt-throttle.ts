import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import {
  countFailure,
  cutWait,
  delayedNetworkFactor,
  recentFailures,
  trustedDevicesFactor,
  unknownNetworkFactor,
  waitOf,
  type AttemptPolicy,
  type FailedAttempts,
} from './attempt-delay.ts'
import { attemptKeysOf, type AttemptKeys, type Target } from './attempt-keys.ts'
import type { AttemptQueue } from './attempt-queue.ts'
import type { LimitTables } from './limits.ts'
import { renewTrust } from './trusted-network.ts'

/** An admitted attempt. Report its outcome by one of the first four, and then call `end`. */
export interface Admission {
  /** True if the user has signed in from this network or on this device before. */
  readonly isTrusted: boolean
  /** The password was wrong. Call it in a transaction, before anything is written to the audit log. */
  wrong(tx: LimitTables): Promise<void>
  /** The password was right: the client's network is a trusted one of this user from now on. */
  right(): Promise<void>
  /** The password was right, and the sign-in waits for a second factor: `trustNetwork` follows when that is proven. */
  unfinished(): Promise<void>
  /** The password was not checked, because the server was busy. */
  untested(): Promise<void>
  /** Always call it last: another attempt may start. */
  end(): void
}

/** A count of failures under a key, slowed down by a policy. */
interface Counter {
  readonly key: string
  readonly policy: AttemptPolicy
  /** The maximum number of attempts that run at once, before recent failures are subtracted. */
  readonly maxConcurrent: number
}

/** The dependencies of {@link admitAttempt}. */
export interface AttemptDeps {
  readonly store: Transactions<LimitTables> & LimitTables
  readonly clock: Clock
  readonly root: RootSecret
  /** `attemptDelay` is null for no throttling. */
  readonly policies: { readonly limits: { readonly attemptDelay: AttemptPolicy | null } }
  readonly attemptQueue: AttemptQueue
}

const trustedNetworkFactor = 4 // times as many at once where the user has signed in: what signs in there without pause is a script, not a guesser
const nothing = async () => undefined
const outcomes = { wrong: nothing, right: nothing, unfinished: nothing, untested: nothing }
const unlimited: Admission = { isTrusted: false, ...outcomes, end: () => undefined }

/**
 * Login throttling: admits an attempt at a user's password, or fails with `login_delayed`. Every operation that checks a password calls it first.
 *
 * - Failures count against the client's network, and against all unknown networks together: those where this user has not signed in for 30
 *   days. So attackers slow one another down, and never the user on a network of their own. Unknown networks whose own delay has begun count
 *   together and apart from the others: a guesser in one network keeps no user out of a new one.
 * - On a device where the user has signed in, failures count against the device, and against all such devices together, because each sign-in makes
 *   a cookie: no guesser without one keeps the user out of it.
 * - If there were recent failures, an attempt is counted before it is checked. If there were none, one process runs no more attempts at once
 *   than are free. So of many at once no more are checked than may be, and an honest sign-in writes nothing for it.
 */
export async function admitAttempt(deps: AttemptDeps, target: Target): Promise<Admission> {
  const { store, clock, root, policies, attemptQueue } = deps
  const policy = policies.limits.attemptDelay
  if (policy === null) return unlimited
  const keys = attemptKeysOf(root, target, clock.now())
  const shared = [keys.unknownNetworks, keys.delayedNetworks, keys.devices]
  const started = await attemptQueue.start([...keys.own, ...shared], () =>
    readCounters(store, keys, policy, clock.now()),
  )
  const { counters, isTrusted, trustedUntil, hasFailures, now } = started.seen
  let counted: Counts | Seconds | undefined
  try {
    if (hasFailures) counted = await store.transaction((tx) => countFirst(tx, counters, now))
    if (typeof counted === 'number') refuseWhile(counted)
  } catch (error) {
    started.end(false)
    throw error
  }
  let isWrong = false
  const takeBack = async (cleared: readonly string[]) => {
    if (typeof counted === 'object')
      await store.transaction((tx) => uncount(tx, counted, cleared, now))
  }
  return {
    isTrusted,
    async wrong(tx) {
      isWrong = true
      if (counted === undefined) await count(tx, counters, now)
    },
    async right() {
      await takeBack(keys.own)
      for (const key of keys.trust) await renewTrust(store, key, trustedUntil, now)
    },
    unfinished: () => takeBack(keys.own),
    untested: () => takeBack([]),
    end: () => started.end(isWrong),
  }
}

/** Reads the counters that apply to an attempt; fails with `login_delayed` while one of them makes it wait. */
async function readCounters(
  store: AttemptDeps['store'],
  { own, isTrustedDevice, trust, unknownNetworks, delayedNetworks, devices }: AttemptKeys,
  policy: AttemptPolicy,
  now: Seconds,
) {
  const shared = [unknownNetworks, delayedNetworks, devices]
  const known = await store.limits.find([...own, ...trust, ...shared])
  const isDelayed = own.some((key) => recentFailures(known.get(key), now) >= policy.free)
  const trustedUntil = Math.max(0, ...trust.map((key) => known.get(key)?.until ?? 0))
  const isTrusted = isTrustedDevice || trustedUntil > now
  const together = (key: string, factor: number): Counter => {
    const free = policy.free * factor
    return { key, policy: { ...policy, free }, maxConcurrent: free }
  }
  const unknown = isDelayed
    ? together(delayedNetworks, delayedNetworkFactor)
    : together(unknownNetworks, unknownNetworkFactor)
  const maxConcurrent = policy.free * (isTrusted ? trustedNetworkFactor : 1)
  const counters: readonly Counter[] = [
    ...own.map((key) => ({ key, policy, maxConcurrent })),
    ...(isTrustedDevice ? [together(devices, trustedDevicesFactor)] : []),
    ...(isTrusted ? [] : [unknown]),
  ]
  refuseWhile(await cutWaits(store, counters, known, now))
  const failures = ({ key }: Counter) => recentFailures(known.get(key), now)
  const capacity = new Map(counters.map((one) => [one.key, one.maxConcurrent - failures(one)]))
  const hasFailures = counters.some((one) => failures(one) > 0)
  return { counters, isTrusted, trustedUntil, capacity, hasFailures, now }
}

type Counts = ReadonlyMap<string, FailedAttempts>

function refuseWhile(wait: Seconds): void {
  if (wait > 0) throw fail('login_delayed', { facts: { retryAfter: wait } })
}

/**
 * Returns the longest wait. A wait that lasts longer than its own length, because the clock was set back, is cut and written, so that it ends.
 */
async function cutWaits(
  store: AttemptDeps['store'],
  counters: readonly Counter[],
  known: Counts,
  now: Seconds,
): Promise<Seconds> {
  const isTooLong = ({ key, policy }: Counter) => {
    const attempts = known.get(key)
    return attempts !== undefined && cutWait(attempts, policy, now) !== attempts
  }
  if (!counters.some(isTooLong)) return maxWait(counters, known, now)
  return store.transaction(async (tx) => {
    const cut = await lockCut(tx, counters, now)
    for (const [key, attempts] of cut) await tx.limits.put(key, attempts)
    return maxWait(counters, cut, now)
  })
}

async function lockCut(
  { limits }: LimitTables,
  counters: readonly Counter[],
  now: Seconds,
): Promise<Counts> {
  const locked = await limits.lock(counters.map(({ key }) => key))
  return new Map(
    counters.map(({ key, policy }) => {
      const attempts = locked.get(key) ?? { count: 0, until: 0 }
      return [key, cutWait(attempts, policy, now)]
    }),
  )
}

function maxWait(counters: readonly Counter[], known: Counts, now: Seconds): Seconds {
  return Math.max(...counters.map(({ key }) => waitOf(known.get(key), now)))
}

async function count(
  { limits }: LimitTables,
  counters: readonly Counter[],
  now: Seconds,
): Promise<Counts> {
  const before = await limits.lock(counters.map(({ key }) => key))
  const counted = new Map(
    counters.map(({ key, policy }) => [key, countFailure(before.get(key), policy, now)]),
  )
  for (const [key, failures] of counted) await limits.put(key, failures)
  return counted
}

/** Counts an attempt before it is checked, or returns the seconds to wait: reads the counters again under a lock. */
async function countFirst(
  tx: LimitTables,
  counters: readonly Counter[],
  now: Seconds,
): Promise<Counts | Seconds> {
  const wait = maxWait(counters, await lockCut(tx, counters, now), now)
  return wait > 0 ? wait : count(tx, counters, now)
}

/** Takes back an attempt that was counted first, and its wait unless others came after it; resets the `cleared` keys. */
async function uncount(
  { limits }: LimitTables,
  counted: Counts,
  cleared: readonly string[],
  now: Seconds,
): Promise<void> {
  for (const [key, failures] of await limits.lock([...counted.keys()])) {
    const until = failures.until === counted.get(key)?.until ? now : failures.until
    const without = { count: Math.max(0, failures.count - 1), until }
    await limits.put(key, cleared.includes(key) ? { count: 0, until: now } : without)
  }
}
