import type { Principal, RouteRequirements } from '@countersign/guard'
import { fetchGuard, type GuardedHandler } from '@countersign/guard/fetch'
import type { Auth } from '../create-auth.ts'
import type { Peer } from '../http/client-address/client-address.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** The parts of a Next.js application that use Countersign. */
export interface NextAuth {
  /** The exports of the route handlers at Countersign's addresses. */
  readonly handlers: Readonly<
    Record<(typeof methods)[number], (request: Request) => Promise<Response>>
  >
  /** Wraps a route handler: it runs only when the guard allows the request. `requirements` are the route's own; `undefined` for none. */
  guarded<More extends readonly unknown[] = []>(
    requirements: RouteRequirements | undefined,
    handler: GuardedHandler<Principal, More>,
  ): (request: Request, ...more: More) => Promise<Response>
  /** Opens Countersign, once in the process. */
  auth(): Promise<Auth>
}

const opened = Symbol.for('@countersign/server next')

/**
 * Creates the parts of a Next.js application. `open` runs at the first request, so that no build opens a database, and once for all modules: Next.js loads
 * them several times, and in development again after each change. Next.js does not pass on the address of the socket: behind a declared proxy, return that
 * proxy's address from `peer`; otherwise clients cannot be told apart, and share their limits.
 *
 * @example
 * import { createAuth } from '@countersign/server'
 * import { nextAuth } from '@countersign/server/next'
 *
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * const open = () => createAuth({ url: 'http://localhost:3004/auth', mode: 'development', env })
 * export const { handlers, guarded, auth } = nextAuth(open)
 * console.log((await handlers.GET(new Request('http://localhost:3004/auth/health/live'))).status) // 200
 * await (await auth()).close()
 */
export function nextAuth(
  open: () => Promise<Auth>,
  { peer = () => ({}) }: { readonly peer?: (request: Request) => Peer } = {},
): NextAuth {
  const all = globalThis as { [opened]?: Promise<Auth> | undefined }
  const auth = () =>
    (all[opened] ??= open().catch((error: unknown) => {
      all[opened] = undefined // the next request tries again
      throw error
    }))
  const handle = async (request: Request) => (await auth()).fetch(request, peer(request))
  return {
    auth,
    handlers: Object.fromEntries(methods.map((method) => [method, handle])) as NextAuth['handlers'], // it has every method of the list
    guarded:
      (requirements, handler) =>
      async (request, ...more) =>
        fetchGuard((await auth()).guard, requirements, handler)(request, ...more),
  }
}
