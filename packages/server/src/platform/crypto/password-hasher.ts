import { availableParallelism } from 'node:os'
import type { Piscina } from 'piscina'
import { minHashParams, pepperIdOf, hashParamsOf } from '../../domain/passwords/password-hash.ts'
import type { PasswordHasher } from '../../domain/passwords/password-hasher.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import type { HashRequest, WorkerData } from './password-worker.ts'

const maxWaiting = 64 // jobs; at 10 ms each on two cores nobody waits longer than a third of a second

/** What a hash costs, and the peppers in base64; by default OWASP's least, and none. */
export interface HasherOptions {
  readonly memoryKiB?: number
  readonly passes?: number
  readonly parallelism?: number
  /** New hashes are made under it; none: without. */
  readonly pepper?: Secret | undefined
  /** Older hashes are checked under these. */
  readonly previousPeppers?: readonly Secret[]
}

/**
 * Argon2id in worker threads of our own, at low priority: never on the event loop, and never in the pool that file access
 * and other cryptography share. The queue is bounded: beyond it a sign-in fails with `busy`.
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

/** The threads, when the first password comes: many a process never sees one. */
async function openPool(workerData: WorkerData): Promise<Piscina> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js' // as it stands here, or built
  const { Piscina: Pool } = await import('piscina')
  return new Pool({
    filename: new URL(`password-worker.${extension}`, import.meta.url).href,
    workerData,
    minThreads: 0,
    maxThreads: availableParallelism(), // more hashes in flight than cores is slower, not faster
    idleTimeout: 60_000, // milliseconds
    maxQueue: maxWaiting,
  })
}

/** Every pepper with its id, that for new hashes first. */
export function peppersOf({
  pepper,
  previousPeppers = [],
}: HasherOptions): readonly (readonly [id: string, pepper: Uint8Array])[] {
  return [...(pepper ? [pepper] : []), ...previousPeppers].map((one) => {
    const bytes = new Uint8Array(Buffer.from(one.reveal(), 'base64'))
    return [pepperIdOf(bytes), bytes]
  })
}
