import type { Guard, RouteRequirements } from '@countersign/guard'
import { honoGuard } from '@countersign/guard/hono'
import { Hono } from 'hono'

/** Creates the API in Hono. A transfer needs a second factor that was proven a short time ago. */
export function createHonoApi(guard: Guard, fresh: RouteRequirements): Hono {
  const app = new Hono()
  app.post('/api/transfers', honoGuard(guard, fresh), async (c) =>
    c.json({ transferred: await c.req.text(), by: c.var.principal.subject }, 201),
  )
  return app
}
