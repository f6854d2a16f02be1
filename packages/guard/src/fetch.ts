import type { Credentials } from './credentials.ts'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toResponse } from './refusal.ts'
import { metadataHeaders, metadataText } from './resource.ts'

/** A handler that is told who is calling. */
export type GuardedHandler<P, More extends readonly unknown[] = []> = (
  request: Request,
  principal: P,
  ...more: More
) => Response | Promise<Response>

/**
 * Wraps a fetch handler (Deno, Bun, Cloudflare, Next.js routes, tests): it runs only when `guard` allows the request.
 * `need` is what the route asks beyond a valid token; `undefined` for nothing. What the platform hands over beside the request, such as
 * the parameters of a route or a Worker's `env`, comes after the principal. Fails with `need_invalid`.
 */
export function fetchGuard<
  P extends Principal<unknown> | undefined,
  More extends readonly unknown[] = [],
>(
  guard: Guard<P>,
  need: Need | undefined,
  handler: GuardedHandler<P, More>,
): (request: Request, ...more: More) => Promise<Response> {
  assertNeed(need)
  return async function countersign(request, ...more) {
    const answer = await guard.check(requestCredentials(request), need)
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(request, answer.principal)
    return handler(request, answer.principal, ...more)
  }
}

/** What a guard looks at of a `Request`: for `guard.check` and `guard.explain`. */
export function requestCredentials({ method, url, headers }: Request): Credentials {
  return { method, url, header: (name) => headers.get(name) ?? undefined }
}

/** The guard's own document (RFC 9728), to be served at `guard.metadata.path`. */
export function metadataResponse(guard: Guard<Principal<unknown> | undefined>): Response {
  return new Response(metadataText(guard.metadata), { headers: metadataHeaders })
}
