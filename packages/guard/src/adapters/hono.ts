import type { Context, MiddlewareHandler } from 'hono'
import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import type { Answer } from '../respond.ts'
import { metadataResponse, toResponse } from './fetch.ts'

/**
 * Creates Hono middleware that admits only requests that `guard` allows; `c.var.principal` is then the caller. Fails with
 * `requirements_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { honoGuard } from '@countersign/guard/hono'
 * import { Hono } from 'hono'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const app = new Hono()
 * app.get('/me', honoGuard(guard), (c) => c.json({ subject: c.var.principal.subject }))
 */
export function honoGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements?: RouteRequirements,
): MiddlewareHandler<{ Variables: { principal: P } }> {
  assertRequirements(requirements)
  return async function countersign(c, next) {
    const { method, url } = c.req
    const pending = guard.check({ method, url, header: (name) => c.req.header(name) }, requirements)
    const answer: Answer<P> = pending instanceof Promise ? await pending : pending
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(c.req.raw, answer.principal)
    c.set('principal', answer.principal)
    return next()
  }
}

/**
 * Creates the handler that serves the metadata document of the resource (RFC 9728), at `guard.metadata.path`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { honoMetadata } from '@countersign/guard/hono'
 * import { Hono } from 'hono'
 *
 * const url = 'https://api.example.com'
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: url, resource: { url } })
 * export const app = new Hono()
 * app.get(guard.metadata?.path ?? '', honoMetadata(guard))
 */
export function honoMetadata(
  guard: Guard<Principal<unknown> | undefined>,
): (c: Context) => Response {
  return () => metadataResponse(guard)
}
