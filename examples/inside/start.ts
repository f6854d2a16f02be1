// The common part of the applications of this folder: where they listen, and how they stop.
import type { AuthOptions } from '@countersign/server'

export const port = Number(process.env['PORT'] ?? 3000)

/** The options of the server: it is at `/auth` of the application, unless the variable URL names another place. */
export const options: AuthOptions = {
  url: process.env['URL'] ?? `http://localhost:${port}/auth`,
  env: { COUNTERSIGN_USERS_REGISTRATION: 'open', ...process.env },
}

/** Stops at a signal: requests under way are answered, and event streams end. */
export function stopOnSignal(...parts: readonly { close(): unknown }[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => parts.forEach((one) => void one.close()))
}
