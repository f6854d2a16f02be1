import { closeRuntime, openRuntime, type OpenOptions } from '../compose.ts'
import type { Config } from '../config/settings.ts'
import type { Runtime } from '../runtime.ts'

/**
 * Lets a command work on the database without a server, and closes everything afterwards. A database that is not there is made only by a
 * command that says so: a path that was mistyped shall not look like a server without users. Fails with `database_missing`.
 */
export async function withRuntime(
  config: Config,
  work: (runtime: Runtime) => Promise<void>,
  { create = false, ...options }: OpenOptions = {},
): Promise<void> {
  const quiet = { ...config, log: { level: quieter(config.log.level) } }
  const runtime = await openRuntime(quiet, {}, { create, ...options })
  try {
    await work(runtime)
  } finally {
    await closeRuntime(runtime)
  }
}

/** Standard output is for results: what a command did it prints itself. */
function quieter(level: Config['log']['level']): Config['log']['level'] {
  return level === 'debug' || level === 'info' ? 'warn' : level
}
