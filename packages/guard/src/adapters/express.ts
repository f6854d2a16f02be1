import type { IncomingMessage, ServerResponse } from 'node:http'
import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import type { Answer } from '../respond.ts'
import { nodeRequestView, sendRefusal } from './node.ts'

/** Express middleware, and that of everything else that calls `(request, response, next)`, such as Connect and NestJS. */
export type ExpressMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Creates Express middleware that admits only requests that `guard` allows; `guard.principalOf(request)` then returns the caller. Fails with
 * `requirements_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { expressGuard } from '@countersign/guard/express'
 * import express from 'express'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const app = express()
 * app.get('/me', expressGuard(guard), (request, response) => {
 *   response.json({ subject: guard.principalOf(request).subject })
 * })
 */
export function expressGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements?: RouteRequirements,
): ExpressMiddleware {
  assertRequirements(requirements)
  return function countersign(request, response, next) {
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) return sendRefusal(response, answer)
      rememberPrincipal(request, answer.principal)
      return next()
    }
    const pending = guard.check(nodeRequestView(request), requirements)
    if (pending instanceof Promise) pending.then(proceed).then(undefined, next) // also what `proceed` throws
    else proceed(pending)
  }
}

export { nodeMetadata as expressMetadata } from './node.ts'
