import type { Guard } from './guard.ts'
import type { Need } from './need.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toResponse } from './refusal.ts'

/** A handler that is told who is calling. */
export type GuardedHandler = (
  request: Request,
  principal: Principal,
) => Response | Promise<Response>

/**
 * Wraps a fetch handler (Deno, Bun, Cloudflare, Next.js routes, tests): it runs only when `guard` allows the request.
 * `need` is what the route asks beyond a valid token; `undefined` for nothing.
 */
export function fetchGuard(
  guard: Guard,
  need: Need | undefined,
  handler: GuardedHandler,
): (request: Request) => Promise<Response> {
  return async function countersign(request) {
    const { method, url, headers } = request
    const header = (name: string) => headers.get(name) ?? undefined
    const answer = guard.check({ method, url, header }, need)
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(request, answer.principal)
    return handler(request, answer.principal)
  }
}
