import type { Context, MiddlewareHandler } from 'hono'
import type { IncomingMessage } from 'node:http'
import type { Auth } from '../create-auth.ts'
import { peerOf } from './node-listener.ts'

/**
 * Creates Hono middleware that answers the requests for Countersign's addresses, and passes all others on. Use it for the whole application:
 * it knows its path by the `url` of `createAuth`.
 *
 * @example
 * import { createAuth } from '@countersign/server'
 * import { honoAuth } from '@countersign/server/hono'
 * import { Hono } from 'hono'
 *
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * await using auth = await createAuth({ url: 'http://localhost:3001/auth', mode: 'development', env })
 * const app = new Hono()
 * app.use(honoAuth(auth))
 * console.log((await app.request('http://localhost:3001/auth/health/live')).status) // 200
 */
export function honoAuth(auth: Auth): MiddlewareHandler {
  return async function countersign(c, next) {
    if (!auth.owns(c.req.path)) return next()
    return auth.fetch(c.req.raw, honoPeer(c))
  }
}

/** Returns the other end of the connection as `@hono/node-server` passes it on; nothing if another server runs the application. */
function honoPeer({ env }: Context) {
  const { incoming } = (env ?? {}) as { readonly incoming?: IncomingMessage } // tests call an application without a server
  return incoming ? peerOf(incoming) : {}
}
