import type { Context, Middleware } from 'koa'
import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import { refusalBody } from '../refusal.ts'
import { metadataHeaders, metadataText } from '../resource-metadata.ts'
import { nodeRequestView } from './node.ts'

/**
 * Creates Koa middleware that admits only requests that `guard` allows; `ctx.state.principal` is then the caller. Fails with
 * `requirements_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { koaGuard } from '@countersign/guard/koa'
 * import Koa from 'koa'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const app = new Koa().use(koaGuard(guard)).use((ctx) => {
 *   ctx.body = { subject: ctx.state.principal.subject }
 * })
 */
export function koaGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements?: RouteRequirements,
): Middleware<{ principal: P }> {
  assertRequirements(requirements)
  return async function countersign(ctx, next) {
    const pending = guard.check({ ...nodeRequestView(ctx.req), url: ctx.originalUrl }, requirements)
    const answer = pending instanceof Promise ? await pending : pending
    if (!answer.allowed && ctx.headerSent) {
      ctx.respond = false // something else has answered, and Koa would write the body after its headers
      return
    }
    if (!answer.allowed) {
      ctx.status = answer.status
      ctx.body = refusalBody(answer)
      ctx.set(answer.headers) // after the body, which sets a content type of its own
      return
    }
    rememberPrincipal(ctx, answer.principal)
    ctx.state.principal = answer.principal
    await next()
  }
}

/**
 * Creates the middleware that serves the metadata document of the resource (RFC 9728), at `guard.metadata.path`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { koaMetadata } from '@countersign/guard/koa'
 * import Koa from 'koa'
 *
 * const url = 'https://api.example.com'
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: url, resource: { url } })
 * const serveMetadata = koaMetadata(guard)
 * export const app = new Koa().use((ctx, next) => (ctx.path === guard.metadata?.path ? serveMetadata(ctx) : next()))
 */
export function koaMetadata(guard: Guard<Principal<unknown> | undefined>): (ctx: Context) => void {
  const text = metadataText(guard.metadata)
  return (ctx) => {
    ctx.body = text
    ctx.set(metadataHeaders)
  }
}
