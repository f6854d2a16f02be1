import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Runtime } from '../runtime.ts'
import type { Transaction } from '../store.ts'
import {
  countWrong,
  strangersShare,
  waitOf,
  wrongLately,
  type GuessPolicy,
  type Guesses,
} from './guess-delay.ts'
import { limitKey } from './limit-key.ts'
import { placeOf } from './place.ts'

/** Whose password is guessed at, by folded name whether there is such a user or not, and from which address if that is known. */
export interface Target {
  readonly name: string
  readonly address: string | undefined
}

/** A guess that may be made. Say afterwards what became of it. */
export interface Admission {
  /** It was wrong. In a transaction, before anything is written to the ledger. */
  wrong(tx: Transaction): Promise<void>
  /** It was right: from now on its place is known as one of this user. */
  right(): Promise<void>
  /** It was not looked at, for the server was busy. */
  untested(): Promise<void>
}

/** Wrong guesses are counted under a key, and slowed down by a policy. */
interface Counter {
  readonly key: string
  readonly policy: GuessPolicy
}

const provenFor = 30 * 86_400 // seconds; who signs in once a month is never a stranger
const provenAnew = 86_400 // seconds; so that it is not written at every sign-in
const freely: Admission = { async wrong() {}, async right() {}, async untested() {} }

/**
 * Lets a guess at a user's password through, or fails with `login_delayed`. Every operation that looks at a password asks here first.
 *
 * Wrong guesses count against the place they come from, and against all strange places together: those where this user has not signed in
 * for 30 days. So guessers slow one another down, and never somebody at a place of their own. When there were wrong guesses of
 * late, one is counted before it is looked at: of many at once, no more get through than may.
 */
export async function admitGuess(
  { store, clock, root, policies }: Pick<Runtime, 'store' | 'clock' | 'root' | 'policies'>,
  { name, address }: Target,
): Promise<Admission> {
  const policy = policies.limits.guesses
  if (policy === null) return freely
  const now = clock.now()
  const place = address === undefined ? [] : [placeOf(address)]
  const own = place.map((one) => limitKey(root, 'guesses-from-place', name, one))
  const proof = place.map((one) => limitKey(root, 'proven-place', name, one))
  const all = limitKey(root, 'guesses-of-strangers', name)

  const known = await store.limits.find([...own, ...proof, all])
  const provenUntil = Math.max(0, ...proof.map((key) => known.get(key)?.until ?? 0))
  const together = { ...policy, free: policy.free * strangersShare }
  const counters: readonly Counter[] = [
    ...own.map((key) => ({ key, policy })),
    ...(provenUntil > now ? [] : [{ key: all, policy: together }]),
  ]
  refuseWhile(longestWait(counters, known, now))
  const counted = counters.some(({ key }) => wrongLately(known.get(key), now) > 0)
  if (counted) refuseWhile(await store.transaction((tx) => countUnlessWaiting(tx, counters, now)))
  return {
    async wrong(tx) {
      if (!counted) await count(tx, counters, now)
    },
    async right() {
      if (counted) await store.transaction((tx) => takeBack(tx, counters, own, now))
      if (provenUntil < now + provenFor - provenAnew)
        for (const key of proof) await store.limits.put(key, { count: 0, until: now + provenFor })
    },
    async untested() {
      if (counted) await store.transaction((tx) => takeBack(tx, counters, [], now))
    },
  }
}

function refuseWhile(wait: Seconds): void {
  if (wait > 0) throw fail('login_delayed', { facts: { retryAfter: wait } })
}

function longestWait(
  counters: readonly Counter[],
  known: ReadonlyMap<string, Guesses>,
  now: Seconds,
): Seconds {
  return Math.max(...counters.map(({ key }) => waitOf(known.get(key), now)))
}

async function count(tx: Transaction, counters: readonly Counter[], now: Seconds): Promise<void> {
  const marks = await tx.limits.lock(counters.map(({ key }) => key))
  for (const { key, policy } of counters)
    await tx.limits.put(key, countWrong(marks.get(key), policy, now))
}

/** Counts, or answers the seconds to wait, looking again under a lock. */
async function countUnlessWaiting(
  tx: Transaction,
  counters: readonly Counter[],
  now: Seconds,
): Promise<Seconds> {
  const wait = longestWait(counters, await tx.limits.lock(counters.map(({ key }) => key)), now)
  if (wait === 0) await count(tx, counters, now)
  return wait
}

/** Takes back a guess that was counted beforehand; `cleared` keys are as if there had been none. */
async function takeBack(
  tx: Transaction,
  counters: readonly Counter[],
  cleared: readonly string[],
  now: Seconds,
): Promise<void> {
  for (const [key, mark] of await tx.limits.lock(counters.map((one) => one.key))) {
    const forgiven = { ...mark, count: Math.max(0, mark.count - 1) }
    await tx.limits.put(key, cleared.includes(key) ? { count: 0, until: now } : forgiven)
  }
}
