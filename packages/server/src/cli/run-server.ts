import { createServer } from '../compose.ts'
import type { Config } from '../config/settings.ts'
import { printFailure } from './terminal.ts'

/**
 * Starts the server and returns where it listens. Told to stop, it answers the requests under way first; a second signal
 * ends the process at once.
 */
export async function runServer(config: Config): Promise<string> {
  const server = await createServer(config)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(() => process.exit(), printFailure)
    })
  }
  try {
    return (await server.listen()).url
  } catch (error) {
    await server.close()
    throw error
  }
}
