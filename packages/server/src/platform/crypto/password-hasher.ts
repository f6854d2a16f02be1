import { isCountersignError } from '@countersign/token'
import { singleFlight } from '@countersign/token/internal'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { dummyOf, kindOf } from '../../domain/passwords/hash-kinds.ts'
import { pepperOfHash } from '../../domain/passwords/stored-hash.ts'
import { dummyHash, minHashParams, pepperIdOf } from '../../domain/passwords/password-hash.ts'
import type { Log, Metrics, Stopwatch, Tracer } from '../../domain/kernel/ports.ts'
import type { PasswordHasher } from '../../domain/passwords/password-hasher.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import type { HashOutcome, HashRequest, WorkerData } from './password-worker.ts'

const maxWaiting = 64 // jobs; at 10 ms each on two cores the longest wait is a third of a second

/** The cost of a hash, by default OWASP's minimum, and the peppers in base64. */
export interface HasherOptions {
  readonly memoryKiB?: number
  readonly passes?: number
  readonly parallelism?: number
  /** The pepper of new hashes; undefined for none. */
  readonly pepper?: Secret | undefined
  /** Peppers of older hashes. */
  readonly previousPeppers?: readonly Secret[]
}

/**
 * Makes the password hasher: Argon2id in its own worker threads at low priority, not on the event loop, and not in libuv's pool, which file
 * access and other cryptography use. The queue is bounded: beyond it, hashing fails with `busy`.
 */
export function createPasswordHasher(options: HasherOptions = {}): PasswordHasher {
  const { pepper, previousPeppers: _, ...cost } = options
  const all = peppersOf(options)
  const peppers = Object.fromEntries(all)
  const hashParams = { ...minHashParams, ...cost, pepperId: (pepper && all[0]?.[0]) ?? null }
  const threads = createHashThreads({ hashParams, peppers })
  const costs = createHashCosts(threads)
  const own = kindOf(dummyHash(hashParams)) ?? ''
  const others = new Set<string>() // kinds of our own hashes, whose parameters were lowered or raised since
  return {
    hashParams,
    hash: async (password) => String((await threads.run({ password: password.reveal() })).result),
    async verify(hash, secret, kinds) {
      const costliest = await costs.costliestOf([own, ...kinds, ...others])
      const checked = hash ?? costliest
      const isCostliest = dummyOf(checked) === costliest
      const pepperId = pepperOfHash(checked)
      const fillTo = isCostliest ? undefined : costs.recentOf(costliest)
      const outcome = await threads.run({
        password: secret.reveal(),
        hash: checked,
        pepperId,
        fillTo,
      })
      if (isCostliest) costs.add(costliest, outcome.cost)
      const kind = kindOf(checked)
      if (kind !== undefined && !kinds.includes(kind)) others.add(kind)
      if (pepperId !== null && !Object.hasOwn(peppers, pepperId))
        throw fail('pepper_missing', { facts: { pepper: pepperId } })
      return hash !== undefined && outcome.result === true
    },
    get waiting() {
      return threads.waiting
    },
    close: threads.close,
  }
}

/** The threads, opened for the first password, with a bounded queue. */
function createHashThreads(workerData: WorkerData) {
  let pool: Piscina | undefined
  let opening: Promise<Piscina> | undefined
  return {
    async run(request: HashRequest): Promise<HashOutcome> {
      pool ??= await (opening ??= openPool(workerData))
      if (pool.queueSize >= maxWaiting) throw fail('busy')
      return (await pool.run(request)) as HashOutcome // what password-worker.ts returns
    },
    get waiting() {
      return pool?.queueSize ?? 0
    },
    close: async () => (await opening)?.destroy(),
  }
}

const minSamples = 3 // of the costliest kind, before the first check is filled up to it
const maxSamples = 16 // of each kind: enough that one slow measurement does not decide

/**
 * Measures the cost of checks of each kind of hash in this process, in microseconds of CPU time. A kind that it has not checked yet is measured when
 * it is first needed. Failed checks are filled up to a random one of the last costs, not to an average: then they vary as those of the costliest kind
 * do.
 */
function createHashCosts(threads: ReturnType<typeof createHashThreads>) {
  const recent = new Map<string, readonly number[]>()
  const add = (kind: string, cost: number) =>
    recent.set(kind, [...(recent.get(kind) ?? []), cost].slice(-maxSamples))
  const measure = singleFlight(async (kind: string) => {
    add(kind, (await threads.run({ password: '', hash: kind })).cost)
  })
  const countOf = (kind: string) => recent.get(kind)?.length ?? 0
  const medianOf = (kind: string) => {
    const costs = (recent.get(kind) ?? []).toSorted((a, b) => a - b)
    return costs[Math.floor(costs.length / 2)] ?? 0
  }
  return {
    add,
    async costliestOf(kinds: readonly string[]): Promise<string> {
      for (const kind of kinds) if (countOf(kind) === 0) await measure(kind)
      const costliest = kinds.toSorted((a, b) => medianOf(b) - medianOf(a))[0] ?? ''
      while (countOf(costliest) < minSamples) await measure(costliest)
      return costliest
    },
    recentOf(kind: string): number | undefined {
      const costs = recent.get(kind) ?? []
      return costs[randomInt(Math.max(costs.length, 1))]
    },
  }
}

/** Opens the pool for the first password: many processes never hash one. */
async function openPool(workerData: WorkerData): Promise<Piscina> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js' // source or build
  const { Piscina: Pool } = await import('piscina')
  return new Pool({
    filename: new URL(`password-worker.${extension}`, import.meta.url).href,
    workerData,
    minThreads: 0,
    maxThreads: availableParallelism(), // more hashes at once than cores would be slower
    idleTimeout: 60_000, // milliseconds
    maxQueue: maxWaiting,
  })
}

/** Returns every pepper with its id, the one for new hashes first. */
export function peppersOf({
  pepper,
  previousPeppers = [],
}: HasherOptions): readonly (readonly [id: string, pepper: Uint8Array])[] {
  return [...(pepper ? [pepper] : []), ...previousPeppers].map((one) => {
    const bytes = new Uint8Array(Buffer.from(one.reveal(), 'base64'))
    return [pepperIdOf(bytes), bytes]
  })
}

/** The ports through which the operator sees what a hasher does. */
interface Observability {
  readonly metrics: Metrics
  readonly stopwatch: Stopwatch
  readonly tracer: Tracer
  readonly log: Log
}

/** Adds metrics, spans and log lines to a hasher: the duration of its work, the number of waiting passwords, and each missing pepper. */
export function withObservability(
  hasher: PasswordHasher,
  { metrics, stopwatch, tracer, log }: Observability,
): PasswordHasher {
  metrics.watch('password_hashes_waiting', () => [[{}, hasher.waiting]])
  async function measured<T>(work: 'hash' | 'verify', run: () => Promise<T>): Promise<T> {
    const seconds = stopwatch()
    try {
      return await tracer.span(`password ${work}`, run)
    } finally {
      metrics.observe('password_hash_duration_seconds', { work }, seconds())
    }
  }
  const logMissingPepper = (error: unknown) => {
    if (isCountersignError(error) && error.code === 'pepper_missing') {
      const { code, facts, message } = error
      metrics.count('peppers_missing_total', {})
      log.error({ code, ...facts }, message)
    }
    throw error
  }
  return {
    hashParams: hasher.hashParams,
    get waiting() {
      return hasher.waiting
    },
    hash: (password) => measured('hash', () => hasher.hash(password)),
    verify: (hash, password, kinds) =>
      measured('verify', () => hasher.verify(hash, password, kinds)).catch(logMissingPepper),
    close: () => hasher.close(),
  }
}
