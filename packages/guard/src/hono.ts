import type { MiddlewareHandler } from 'hono'
import type { Guard } from './guard.ts'
import type { Need } from './need.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toResponse } from './refusal.ts'

/** Lets a request through only when `guard` allows it; `c.var.principal` is then who is calling. */
export function honoGuard(
  guard: Guard,
  need?: Need,
): MiddlewareHandler<{ Variables: { principal: Principal } }> {
  return async function countersign(c, next) {
    const { method, url } = c.req
    const answer = guard.check({ method, url, header: (name) => c.req.header(name) }, need)
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(c.req.raw, answer.principal)
    c.set('principal', answer.principal)
    return next()
  }
}
