import { closeRuntime, openRuntime } from '../compose.ts'
import { assertSafe } from '../config/safety.ts'
import type { Config } from '../config/settings.ts'
import type { Runtime } from '../domain/runtime.ts'

/** Lets a command work on the database without a server, and closes everything afterwards. */
export async function withRuntime(
  config: Config,
  work: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  assertSafe(config)
  const runtime = await openRuntime(config)
  try {
    await work(runtime)
  } finally {
    await closeRuntime(runtime)
  }
}
