import { fixedClock, type FixedClock } from '@countersign/token/testing'
import { startServer } from './compose.ts'
import { openRuntime } from './open-runtime.ts'
import { loadConfig } from './config/load.ts'
import type { Hooks } from './domain/authentication/hooks.ts'
import { sendMail } from './domain/mail/send-mail.ts'
import { jobs } from './jobs/jobs.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'
import type { MailboxEntry } from './platform/mail/mailbox.ts'
import type { Ports, Server } from './server-interface.ts'
import { openTestThread } from './store/sqlite/test-thread.ts'

/** A complete server in memory: real cryptography, real SQL, a clock that the test sets, cheap password hashes. */
export interface TestServer extends Server {
  readonly clock: FixedClock
  /** Runs every job once. No job runs without this call, so that a test decides what has happened. */
  runJobs(): Promise<void>
  /** Sends the mails that are due, and returns all mails so far, the newest first. */
  mails(): Promise<readonly MailboxEntry[]>
}

/**
 * Opens a development server in memory, with the user admin. `await using` closes it. `env` sets settings; for several instances of one
 * issuer, give them the same database, key-encryption key and clock.
 *
 * @example
 * import { testServer } from '@countersign/server/testing'
 *
 * await using server = await testServer({ COUNTERSIGN_SESSIONS_LIFETIME: '12h', COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '1h' })
 * const response = await server.fetch(new Request('http://localhost:5000/protected'))
 * console.log(response.status) // 403
 *
 * server.clock.advance(86_400)
 * await server.runJobs() // deletes what has expired since
 */
export async function testServer(
  env: Readonly<Record<string, string>> = {},
  clock: FixedClock = fixedClock(1_800_000_000),
  ports: Partial<Pick<Ports, 'metrics' | 'fetchDocument' | 'log' | keyof Hooks>> = {},
): Promise<TestServer> {
  const config = loadConfig({
    mode: 'development',
    env: { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent', ...env },
  })
  const runtime = await openRuntime(
    config,
    { clock, timer: clock, hasher: testHasher, ...ports },
    { openThread: openTestThread },
  )
  const runJobs = async () => {
    for (const job of jobs) await job.run(runtime)
  }
  const mails = async () => {
    const isWaiting = async () => (await runtime.store.outbox.count()).waiting > 0
    while (runtime.mailbox && (await isWaiting())) await sendMail(runtime)
    return runtime.mailbox?.list() ?? []
  }
  const server = await startServer(runtime, config, { scheduled: [] })
  return { ...server, clock, runJobs, mails }
}
