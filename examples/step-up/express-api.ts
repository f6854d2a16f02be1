import type { Guard, RouteRequirements } from '@countersign/guard'
import { expressGuard } from '@countersign/guard/express'
import express, { type Express } from 'express'

/** Creates the API in Express. A transfer needs a second factor that was proven a short time ago. */
export function createExpressApi(guard: Guard, fresh: RouteRequirements): Express {
  const app = express()
  app.post('/api/transfers', expressGuard(guard, fresh), express.text(), (request, response) => {
    const { subject } = guard.principalOf(request)
    response.status(201).json({ transferred: request.body as string, by: subject })
  })
  return app
}
