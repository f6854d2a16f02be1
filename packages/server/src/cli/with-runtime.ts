import type { openRuntime, OpenOptions } from '../open-runtime.ts'
import type { Config } from '../config/settings.ts'

/** The part of the composed server that a command uses: the store, the issuer, the clock and the policies. */
export type CommandRuntime = Awaited<ReturnType<typeof openRuntime>>

/**
 * Runs a command's work on the database without a server, and closes everything afterwards. Only a command that sets `create` makes a
 * database that does not exist: otherwise a mistyped path would look like a server without users. Fails with `database_missing`.
 */
export async function withRuntime(
  config: Config,
  work: (runtime: CommandRuntime) => Promise<void>,
  { create = false, ...options }: OpenOptions = {},
): Promise<void> {
  const quiet = { ...config, log: { level: quieter(config.log.level) } }
  const { closeRuntime, openRuntime: open } = await import('../open-runtime.ts') // store and log: half of the program, which `--help` does not need
  const runtime = await open(quiet, {}, { create, ...options })
  try {
    await work(runtime)
  } finally {
    await closeRuntime(runtime)
  }
}

/** Standard output is for results, so only warnings and errors are logged. */
function quieter(level: Config['log']['level']): Config['log']['level'] {
  return level === 'debug' || level === 'info' ? 'warn' : level
}
