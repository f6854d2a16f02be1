// Notes in Hono. With Countersign running (npm start): npm start --workspace=@countersign/example-hono
import { createGuard, type Guard } from '@countersign/guard'
import { honoGuard } from '@countersign/guard/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

/** Creates the application with a guard before it: tests pass one of their own. */
export function createApp(guard: Guard): Hono {
  const notes = new Map<string, readonly string[]>()
  const app = new Hono()

  app.get('/', honoGuard(guard.optional), (c) =>
    c.json({ hello: c.var.principal?.subject ?? 'stranger' }),
  )

  app.get('/notes', honoGuard(guard), (c) => c.json(notes.get(c.var.principal.subject) ?? []))

  app.post('/notes', honoGuard(guard), async (c) => {
    const { subject } = c.var.principal
    const own = [...(notes.get(subject) ?? []), await c.req.text()]
    notes.set(subject, own)
    return c.json(own, 201)
  })

  // The notes of all users: for administrators who have signed in within the last five minutes.
  app.delete('/notes', honoGuard(guard, { roles: ['admin'], maxAge: 300 }), (c) => {
    notes.clear()
    return c.body(null, 204)
  })
  return app
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  const { fetch } = createApp(createGuard({ issuer, audience: issuer, revocation: 'feed' }))
  serve({ fetch, hostname: '127.0.0.1', port }, () => console.log(`Listening on port ${port}`))
}
