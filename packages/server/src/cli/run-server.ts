import { createServer, stopBound, type Listening } from '../compose.ts'
import { createRelayServer, type RelaySource } from '../create-relay.ts'
import type { Config } from '../config/settings.ts'
import { exitCodes } from './exit-codes.ts'
import { printFailure, printRemark } from './terminal.ts'

const signals = { SIGINT: 2, SIGTERM: 15 } as const

/** Starts the server and returns its addresses, as {@link runUntilSignal} does. */
export function runServer(config: Config): Promise<Listening> {
  return runUntilSignal((stop) =>
    createServer(config, {
      onMoved: () => stop('database moved', exitCodes.failed.code), // a service manager starts it again, with the new database.url if the settings have it
    }),
  )
}

/** Starts a relay and returns its addresses, as {@link runUntilSignal} does. */
export function runRelay(config: Config, followed: RelaySource): Promise<Listening> {
  return runUntilSignal(() => createRelayServer(config, followed))
}

type Stop = (reason: string, code?: number) => void

/**
 * Starts a server and returns its addresses. The first signal stops it gracefully: requests under way are answered, within a bound. The
 * second ends it at once.
 */
async function runUntilSignal(
  create: (stop: Stop) => ReturnType<typeof createRelayServer>,
): Promise<Listening> {
  const server = await create((reason, code) => stop(reason, code))
  let stopping = false
  const stop: Stop = (reason, code) => {
    stopping = true
    server.close(reason).then(() => process.exit(code), printFailure)
  }
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + number) // the exit code that a shell reports for a signal
      printRemark(
        `Stopping: requests under way are answered first, for ${stopBound / 1000} s at most. Repeat to stop at once.`,
      )
      stop(signal)
    })
  }
  try {
    return await server.listen({ ownProcess: true })
  } catch (error) {
    await server.close()
    throw error
  }
}
