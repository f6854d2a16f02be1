import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../create-auth.ts'
import { fail } from '../failures.ts'
import { createNodeListener, pathnameOf } from './node-listener.ts'

/**
 * Creates Express middleware that answers the requests for Countersign's addresses, and passes all others on. Use it for the whole application, before
 * anything that reads bodies, such as `express.json()`: it knows its path by the `url` of `createAuth`. The next error handler gets `mount_wrong` if it
 * is mounted at another path, and `body_read` if a body was read before.
 *
 * @example
 * import { createAuth } from '@countersign/server'
 * import { expressAuth } from '@countersign/server/express'
 * import express from 'express'
 *
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * await using auth = await createAuth({ url: 'http://localhost:3002/auth', mode: 'development', env })
 * const app = express()
 * app.use(expressAuth(auth))
 */
export function expressAuth(
  auth: Auth,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  const listener = createNodeListener(auth)
  return function countersign(request, response, next) {
    const { originalUrl, baseUrl } = request as { originalUrl?: string; baseUrl?: string } // as Express and Connect set them
    const url = originalUrl ?? request.url ?? '/'
    const isOwn = auth.owns(pathnameOf(url))
    if (!isOwn && baseUrl) return next(fail('mount_wrong'))
    if (!isOwn) return next()
    request.url = url // a router has removed the path at which it is mounted
    listener(request, response).then(undefined, next)
  }
}
