import type { Context, Middleware } from 'koa'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { nodeCredentials } from './node-credentials.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toText } from './refusal.ts'
import { metadataHeaders, metadataText } from './resource.ts'

/** Lets a request through only when `guard` allows it; `ctx.state.principal` is then who is calling. Fails with `need_invalid`. */
export function koaGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  need?: Need,
): Middleware<{ principal: P }> {
  assertNeed(need)
  return async function countersign(ctx, next) {
    const asked = guard.check(nodeCredentials(ctx.req), need)
    const answer = asked instanceof Promise ? await asked : asked
    if (!answer.allowed) {
      ctx.status = answer.status
      ctx.body = toText(answer)
      ctx.set(answer.headers) // after the body, which chooses a content type of its own
      return
    }
    rememberPrincipal(ctx, answer.principal)
    ctx.state.principal = answer.principal
    await next()
  }
}

/** Serves the guard's own document (RFC 9728) at `guard.metadata.path`. */
export function koaMetadata(guard: Guard<Principal<unknown> | undefined>): (ctx: Context) => void {
  const text = metadataText(guard.metadata)
  return (ctx) => {
    ctx.body = text
    ctx.set(metadataHeaders)
  }
}
