import { closeRuntime, openRuntime } from '../compose.ts'
import type { Config } from '../config/settings.ts'
import type { openRootSecret } from '../domain/keys/root-secret.ts'
import type { Runtime } from '../domain/runtime.ts'

/** Lets a command work on the database without a server, and closes everything afterwards. */
export async function withRuntime(
  config: Config,
  work: (runtime: Runtime) => Promise<void>,
  openRoot?: typeof openRootSecret,
): Promise<void> {
  const quiet = { ...config, log: { level: quieter(config.log.level) } }
  const runtime = await openRuntime(quiet, {}, openRoot)
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
