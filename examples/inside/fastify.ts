// Notes in Fastify, with Countersign inside: npm run fastify --workspace=@countersign/example-inside
import { fastifyGuard } from '@countersign/guard/fastify'
import { createAuth, type Auth } from '@countersign/server'
import { fastifyAuth } from '@countersign/server/fastify'
import { fastify, type FastifyInstance } from 'fastify'
import { pageOf, script } from './page.ts'
import { options, port, stopOnSignal } from './start.ts'

/** Creates the application around an auth server, which closes with it: tests pass one of their own. */
export function createApp(auth: Auth): FastifyInstance {
  const app = fastify()
  app.register(fastifyAuth(auth))
  app.get('/', (_, reply) => reply.type('text/html').send(pageOf(auth.url)))
  app.get('/page.js', (_, reply) => reply.type('text/javascript').send(script))
  app.get('/notes', { onRequest: fastifyGuard(auth.guard) }, (request) => ({
    owner: auth.guard.principalOf(request).claims['username'],
  }))
  return app
}

if (import.meta.main) {
  const app = createApp(await createAuth(options))
  await app.listen({ port, host: 'localhost' })
  console.log(`Listening on http://localhost:${port}`)
  stopOnSignal(app)
}
