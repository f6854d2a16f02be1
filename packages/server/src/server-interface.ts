import type { Clock } from '@countersign/token'
import type { Timer } from '@countersign/token/internal'
import type { Hooks } from './domain/authentication/hooks.ts'
import type { FetchDocument, Log, Metrics, Random } from './domain/kernel/ports.ts'
import type { PasswordHasher } from './domain/passwords/password-hasher.ts'
import type { Peer } from './http/client-address/client-address.ts'
import type { Listening } from './sockets.ts'

// The types of a server, and of the ports that an application may replace. `compose.ts` creates the server.

/**
 * The ports to the outside world. Each can be replaced by another real implementation.
 *
 * @example
 * import { createServer, loadConfig, type Ports } from '@countersign/server'
 * import { fixedClock } from '@countersign/token/testing'
 *
 * const ports: Partial<Ports> = {
 *   clock: fixedClock(1_800_000_000),
 *   customClaims: ({ email }) => ({ tenant: email?.split('@')[1] ?? 'none' }),
 * }
 * const config = loadConfig({ mode: 'development', env: { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' } })
 * await using server = await createServer(config, ports)
 * console.log((await server.fetch(new Request('http://localhost:5000/.well-known/jwks.json'))).status) // 200
 */
export interface Ports extends Hooks {
  readonly clock: Clock
  readonly timer: Timer
  readonly random: Random
  readonly hasher: PasswordHasher
  readonly log: Log
  /** Gets the metadata documents of applications that are not registered. One that reaches private addresses lets strangers send requests into your network. */
  readonly fetchDocument: FetchDocument
  /** Replaces the metrics of `metrics.port`. */
  readonly metrics: Metrics | undefined
  /** Called once when the database was moved to another one (`countersign move`): restart the server on that. It is not ready any more, and nothing can be written. */
  readonly onMoved: () => void
}

/** The auth server: a fetch handler to mount anywhere, and its own listener. */
export interface Server extends AsyncDisposable {
  /** `peer` is the other end of the connection; without it, clients cannot be told apart by address. */
  fetch(request: Request, peer?: Peer): Promise<Response>
  /**
   * Opens the sockets of the settings. With `ownProcess`, the global `Request` and `Response` are replaced by implementations that cost half: only
   * for a process in which nothing else runs. Fails with `port_taken` and `certificate_unusable`.
   */
  listen(options?: { readonly ownProcess?: boolean }): Promise<Listening>
  /** Stops gracefully. The reason is for the log: the name of a signal, for example. */
  close(reason?: string): Promise<void>
}
