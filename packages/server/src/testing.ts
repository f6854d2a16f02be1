import { fixedClock, type FixedClock } from '@countersign/token/testing'
import { createServer, type Server } from './compose.ts'
import { loadConfig } from './config/load.ts'
import { createPasswordHasher } from './ports/password-hasher.ts'

/** A whole server in memory: real cryptography, real SQL, a clock that is wound by hand, cheap password hashes. */
export interface TestServer extends Server {
  readonly clock: FixedClock
}

/** Opens a development server in memory, with the user admin. `await using` closes it. `env` sets settings. */
export async function testServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const clock = fixedClock(1_800_000_000)
  const config = loadConfig({
    mode: 'development',
    env: { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent', ...env },
  })
  const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
  return { ...(await createServer(config, { clock, hasher })), clock }
}
