import type { Server } from '../compose.ts'
import { printFailure } from './terminal.ts'

/** Closes a server when the process is told to stop: requests under way are answered first. A second signal ends at once. */
export function closeOnSignal(server: Server): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(() => process.exit(), printFailure)
    })
  }
}
