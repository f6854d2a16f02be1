import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { PasswordHasher } from '../domain/ports.ts'
import { fail } from '../failures.ts'
import type { HashCost, HashRequest } from './password-worker.ts'

const maxWaiting = 64 // jobs; at 10 ms each on two cores nobody waits longer than a third of a second

/**
 * Argon2id in worker threads of our own, at low priority: never on the event loop, and never in the pool that file access
 * and other cryptography share. The queue is bounded: beyond it a sign-in fails with `busy`.
 */
export function createPasswordHasher(
  cost: HashCost = { memoryKiB: 19_456, passes: 2 },
): PasswordHasher {
  const pool = new Piscina({
    filename: import.meta.url.replace(/password-hasher(?=\.[tj]s$)/, 'password-worker'),
    workerData: cost,
    minThreads: 0, // started when the first password comes
    maxThreads: availableParallelism(), // more hashes in flight than cores is slower, not faster
    idleTimeout: 60_000, // milliseconds
    maxQueue: maxWaiting,
  })

  async function run(request: HashRequest): Promise<string | boolean> {
    if (pool.queueSize >= maxWaiting) throw fail('busy')
    return (await pool.run(request)) as string | boolean // what password-worker.ts returns
  }

  return {
    hash: async (password) => String(await run({ password: password.reveal() })),
    verify: async (hash, password) => (await run({ password: password.reveal(), hash })) === true,
    close: () => pool.destroy(),
  }
}
