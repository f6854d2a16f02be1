import type { FastifyPluginCallback } from 'fastify'
import type { Auth } from '../create-auth.ts'
import { createNodeListener, pathnameOf } from './node-listener.ts'

/**
 * Creates a Fastify plugin that answers the requests for Countersign's addresses, before a body is read, and passes all others on. Register it with the root
 * of the application: it knows its path by the `url` of `createAuth`. It closes with the application.
 *
 * @example
 * import { createAuth } from '@countersign/server'
 * import { fastifyAuth } from '@countersign/server/fastify'
 * import { fastify } from 'fastify'
 *
 * const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
 * const auth = await createAuth({ url: 'http://localhost:3003/auth', mode: 'development', env })
 * const app = fastify()
 * app.register(fastifyAuth(auth))
 * await app.close() // closes `auth`, too
 */
export function fastifyAuth(auth: Auth): FastifyPluginCallback {
  const listener = createNodeListener(auth)
  const plugin: FastifyPluginCallback = (app, _, done) => {
    app.addHook('onRequest', (request, reply, next) => {
      if (!auth.owns(pathnameOf(request.originalUrl))) return next()
      reply.hijack()
      listener(request.raw, reply.raw).then(undefined, (error: unknown) => {
        request.log.error(error) // Fastify answers no request that was taken from it
        reply.raw.destroy()
      })
    })
    app.addHook('preClose', async () => auth.close()) // before the sockets: event streams would keep them open
    done()
  }
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true }) // the hook is for the whole application
}
