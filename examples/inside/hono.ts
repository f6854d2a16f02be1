// Notes in Hono, with Countersign inside: npm run hono --workspace=@countersign/example-inside
import { honoGuard } from '@countersign/guard/hono'
import { createAuth, type Auth } from '@countersign/server'
import { honoAuth } from '@countersign/server/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { pageOf, script } from './page.ts'
import { options, port, stopOnSignal } from './start.ts'

/** Creates the application around an auth server: tests pass one of their own. */
export function createApp(auth: Auth): Hono {
  const app = new Hono()
  app.use(honoAuth(auth))
  app.get('/', (c) => c.html(pageOf(auth.url)))
  app.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript' }))
  app.get('/notes', honoGuard(auth.guard), (c) =>
    c.json({ owner: c.var.principal.claims['username'] }),
  )
  return app
}

if (import.meta.main) {
  const auth = await createAuth(options)
  const { fetch } = createApp(auth)
  const server = serve({ fetch, hostname: 'localhost', port }, () =>
    console.log(`Listening on http://localhost:${port}`),
  )
  stopOnSignal(server, auth)
}
