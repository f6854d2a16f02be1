import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Runtime } from '../../runtime.ts'
import type { Tables, Transaction } from '../store.ts'
import {
  countWrong,
  unknownNetworkFactor,
  waitOf,
  wrongLately,
  type AttemptPolicy,
  type FailedAttempts,
} from './attempt-delay.ts'
import { limitKey } from './limit-key.ts'
import { clientNetworkOf } from './client-network.ts'

/** Whose password is guessed at, by folded name whether there is such a user or not, and from which address if that is known. */
export interface Target {
  readonly name: string
  readonly address: string | undefined
}

/** A guess that may be made. Say afterwards what became of it. */
export interface Admission {
  /** It was wrong. In a transaction, before anything is written to the audit log. */
  wrong(tx: Transaction): Promise<void>
  /** It was right: from now on its place is known as one of this user. */
  right(): Promise<void>
  /** It was not looked at, for the server was busy. */
  untested(): Promise<void>
  /** Afterwards, in any case: another one may begin. */
  end(): void
}

/** Wrong guesses are counted under a key, and slowed down by a policy. */
interface Counter {
  readonly key: string
  readonly policy: AttemptPolicy
  /** How many may be under way at once, less those that were wrong of late. */
  readonly atOnce: number
}

/** What a guess at a password takes. */
export type AttemptNeeds = Pick<Runtime, 'store' | 'clock' | 'root' | 'policies' | 'attemptQueue'>

const trustedNetworkFactor = 4 // times as many at once where the user has signed in: what signs in there without pause is a script, not a guesser
const trustedNetworkSeconds = 30 * 86_400 // seconds; who signs in once a month is never a stranger
const trustRenewalSeconds = 86_400 // seconds; so that it is not written at every sign-in
const freely: Admission = { async wrong() {}, async right() {}, async untested() {}, end() {} }

/**
 * Lets a guess at a user's password through, or fails with `login_delayed`. Every operation that looks at a password asks here first.
 *
 * Wrong guesses count against the place they come from, and against all strange places together: those where this user has not signed in
 * for 30 days. So guessers slow one another down, and never somebody at a place of their own. When there were wrong guesses of
 * late, one is counted before it is looked at; and while there were none, a process has no more under way than are free. So of many at
 * once no more get through than may, and an honest sign-in writes nothing for it.
 */
export async function admitAttempt(runtime: AttemptNeeds, target: Target): Promise<Admission> {
  const { store, clock, root, policies, attemptQueue } = runtime
  const policy = policies.limits.guesses
  if (policy === null) return freely
  const keys = keysOf(root, target)
  const begun = await attemptQueue.begin([...keys.own, keys.all], () =>
    look(store, keys, policy, clock.now()),
  )
  const { counters, provenUntil, late, now } = begun.seen
  let counted: Marks | Seconds | undefined
  try {
    if (late) counted = await store.transaction((tx) => countFirst(tx, counters, now))
    if (typeof counted === 'number') refuseWhile(counted)
  } catch (error) {
    begun.end(false)
    throw error
  }
  let isWrong = false
  const takeBack = async (cleared: readonly string[]) => {
    if (typeof counted === 'object')
      await store.transaction((tx) => uncount(tx, counted, cleared, now))
  }
  return {
    async wrong(tx) {
      isWrong = true
      if (counted === undefined) await count(tx, counters, now)
    },
    async right() {
      await takeBack(keys.own)
      if (provenUntil < now + trustedNetworkSeconds - trustRenewalSeconds)
        for (const key of keys.proof)
          await store.limits.put(key, { count: 0, until: now + trustedNetworkSeconds })
    },
    untested: () => takeBack([]),
    end: () => begun.end(isWrong),
  }
}

/** Under what the guesses at a user count: those from this place, and those from all strange ones; and where it stands that this is none. */
interface Keys {
  readonly own: readonly string[]
  readonly proof: readonly string[]
  readonly all: string
}

function keysOf(root: RootSecret, { name, address }: Target): Keys {
  const place = address === undefined ? [] : [clientNetworkOf(address)]
  return {
    own: place.map((one) => limitKey(root, 'guesses-from-place', name, one)),
    proof: place.map((one) => limitKey(root, 'proven-place', name, one)),
    all: limitKey(root, 'guesses-of-strangers', name),
  }
}

/** What stands in a guess's way; fails with `login_delayed` where that is a delay. */
async function look(
  store: Pick<Tables, 'limits'>,
  { own, proof, all }: Keys,
  policy: AttemptPolicy,
  now: Seconds,
) {
  const known = await store.limits.find([...own, ...proof, all])
  const provenUntil = Math.max(0, ...proof.map((key) => known.get(key)?.until ?? 0))
  const proven = provenUntil > now
  const together = { ...policy, free: policy.free * unknownNetworkFactor }
  const counters: readonly Counter[] = [
    ...own.map((key) => ({
      key,
      policy,
      atOnce: policy.free * (proven ? trustedNetworkFactor : 1),
    })),
    ...(proven ? [] : [{ key: all, policy: together, atOnce: together.free }]),
  ]
  refuseWhile(maxWait(counters, known, now))
  const wrong = ({ key }: Counter) => wrongLately(known.get(key), now)
  const rooms = new Map(counters.map((one) => [one.key, one.atOnce - wrong(one)]))
  const late = counters.some((one) => wrong(one) > 0)
  return { counters, provenUntil, rooms, late, now }
}

type Marks = ReadonlyMap<string, FailedAttempts>

function refuseWhile(wait: Seconds): void {
  if (wait > 0) throw fail('login_delayed', { facts: { retryAfter: wait } })
}

function maxWait(counters: readonly Counter[], known: Marks, now: Seconds): Seconds {
  return Math.max(...counters.map(({ key }) => waitOf(known.get(key), now)))
}

async function count(tx: Transaction, counters: readonly Counter[], now: Seconds): Promise<Marks> {
  const marks = await tx.limits.lock(counters.map(({ key }) => key))
  const counted = new Map(
    counters.map(({ key, policy }) => [key, countWrong(marks.get(key), policy, now)]),
  )
  for (const [key, mark] of counted) await tx.limits.put(key, mark)
  return counted
}

/** Counts a guess that nobody has looked at yet, or answers the seconds to wait: looks again under a lock. */
async function countFirst(
  tx: Transaction,
  counters: readonly Counter[],
  now: Seconds,
): Promise<Marks | Seconds> {
  const wait = maxWait(counters, await tx.limits.lock(counters.map(({ key }) => key)), now)
  return wait > 0 ? wait : count(tx, counters, now)
}

/** Takes back a guess that was counted first, and its wait unless others came after it; `cleared` keys are as if nobody had guessed. */
async function uncount(
  tx: Transaction,
  counted: Marks,
  cleared: readonly string[],
  now: Seconds,
): Promise<void> {
  for (const [key, mark] of await tx.limits.lock([...counted.keys()])) {
    const until = mark.until === counted.get(key)?.until ? now : mark.until
    const without = { count: Math.max(0, mark.count - 1), until }
    await tx.limits.put(key, cleared.includes(key) ? { count: 0, until: now } : without)
  }
}
