import type { Context, MiddlewareHandler } from 'hono'
import type { Answer } from './answer.ts'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toResponse } from './refusal.ts'
import { metadataResponse } from './fetch.ts'

/** Lets a request through only when `guard` allows it; `c.var.principal` is then who is calling. Fails with `need_invalid`. */
export function honoGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  need?: Need,
): MiddlewareHandler<{ Variables: { principal: P } }> {
  assertNeed(need)
  return async function countersign(c, next) {
    const { method, url } = c.req
    const asked = guard.check({ method, url, header: (name) => c.req.header(name) }, need)
    const answer: Answer<P> = asked instanceof Promise ? await asked : asked
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(c.req.raw, answer.principal)
    c.set('principal', answer.principal)
    return next()
  }
}

/** Serves the guard's own document (RFC 9728) at `guard.metadata.path`. */
export function honoMetadata(
  guard: Guard<Principal<unknown> | undefined>,
): (c: Context) => Response {
  return () => metadataResponse(guard)
}
