// A Hono application, with Countersign inside or not: embedding-child.ts <with|without>
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const port = Number(process.env['PORT'])
const app = new Hono()
if (process.argv[2] === 'with') {
  const [{ createAuth }, { honoAuth }, { honoGuard }] = await Promise.all([
    import('@countersign/server'),
    import('@countersign/server/hono'),
    import('@countersign/guard/hono'),
  ])
  const { COUNTERSIGN_HTTP_PORT: _, ...env } = process.env // for the servers of other benchmarks
  const auth = await createAuth({ url: `http://localhost:${port}/auth`, env })
  app.use(honoAuth(auth))
  app.get('/notes', honoGuard(auth.guard), (c) => c.json([]))
}
app.get('/', (c) => c.text('home'))
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
