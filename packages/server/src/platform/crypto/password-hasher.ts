import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { minHashParams, pepperIdOf, hashParamsOf } from '../../domain/passwords/password-hash.ts'
import type { Metrics, Stopwatch, Tracer } from '../../domain/kernel/ports.ts'
import type { PasswordHasher } from '../../domain/passwords/password-hasher.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import type { HashRequest, WorkerData } from './password-worker.ts'

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
  let pool: Piscina | undefined
  let opening: Promise<Piscina> | undefined

  async function run(request: HashRequest): Promise<string | boolean> {
    pool ??= await (opening ??= openPool({ hashParams, peppers }))
    if (pool.queueSize >= maxWaiting) throw fail('busy')
    return (await pool.run(request)) as string | boolean // what password-worker.ts returns
  }

  return {
    hashParams,
    hash: async (password) => String(await run({ password: password.reveal() })),
    async verify(hash, password) {
      const pepperId = hashParamsOf(hash)?.pepperId ?? null
      if (pepperId !== null && !Object.hasOwn(peppers, pepperId))
        throw fail('pepper_missing', { facts: { pepper: pepperId } })
      return (await run({ password: password.reveal(), hash, pepperId })) === true
    },
    get waiting() {
      return pool?.queueSize ?? 0
    },
    close: async () => (await opening)?.destroy(),
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

/** Adds metrics and spans to a hasher: the duration of its work, and the number of waiting passwords. */
export function withMetrics(
  hasher: PasswordHasher,
  {
    metrics,
    stopwatch,
    tracer,
  }: { readonly metrics: Metrics; readonly stopwatch: Stopwatch; readonly tracer: Tracer },
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
  return {
    hashParams: hasher.hashParams,
    get waiting() {
      return hasher.waiting
    },
    hash: (password) => measured('hash', () => hasher.hash(password)),
    verify: (hash, password) => measured('verify', () => hasher.verify(hash, password)),
    close: () => hasher.close(),
  }
}
