import { fixedClock, type FixedClock } from '@countersign/token/testing'
import { openRuntime, startServer, type Server } from './compose.ts'
import { loadConfig } from './config/load.ts'
import type { Metrics } from './domain/kernel/ports.ts'
import { jobs } from './jobs/jobs.ts'
import { createPasswordHasher } from './platform/crypto/password-hasher.ts'

/** A whole server in memory: real cryptography, real SQL, a clock that is wound by hand, cheap password hashes. */
export interface TestServer extends Server {
  readonly clock: FixedClock
  /** Runs every job once: the jobs' own timers know nothing of a clock that is wound by hand. */
  runJobs(): Promise<void>
}

/**
 * Opens a development server in memory, with the user admin. `await using` closes it. `env` sets settings; servers that are to be
 * one issuer are given one database, one key-encryption key and one clock.
 *
 * @example
 * import { testServer } from '@countersign/server/testing'
 *
 * await using server = await testServer({ COUNTERSIGN_TOKENS_LIFETIME: '5m' })
 * const signIn = () =>
 *   server.fetch(
 *     new Request('http://localhost:5000/login', {
 *       method: 'POST',
 *       headers: { 'content-type': 'application/json' },
 *       body: JSON.stringify({ username: 'admin', password: 'password' }),
 *     }),
 *   )
 * console.log((await signIn()).status) // 200
 * server.clock.advance(300) // the token has expired
 * await server.runJobs()
 */
export async function testServer(
  env: Readonly<Record<string, string>> = {},
  clock: FixedClock = fixedClock(1_800_000_000),
  metrics?: Metrics,
): Promise<TestServer> {
  const config = loadConfig({
    mode: 'development',
    env: { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent', ...env },
  })
  const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
  const runtime = await openRuntime(config, { clock, timer: clock, hasher, metrics })
  const runJobs = async () => {
    for (const job of jobs) await job.run(runtime)
  }
  return { ...(await startServer(runtime, config)), clock, runJobs }
}
