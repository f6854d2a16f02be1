import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { RequestView } from '../extract-token.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import { refusalBody, type Refusal } from '../refusal.ts'
import { metadataHeaders, metadataText } from '../resource-metadata.ts'

/**
 * A fetch handler that receives the principal.
 *
 * @example
 * import { createGuard, type Principal } from '@countersign/guard'
 * import { fetchGuard, type GuardedHandler } from '@countersign/guard/fetch'
 *
 * type Context = { readonly params: { readonly id: string } }
 * const show: GuardedHandler<Principal, [Context]> = (_, { subject }, { params }) =>
 *   Response.json({ note: params.id, owner: subject })
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const GET = fetchGuard(guard, { scopes: ['notes:read'] }, show)
 */
export type GuardedHandler<P, More extends readonly unknown[] = []> = (
  request: Request,
  principal: P,
  ...more: More
) => Response | Promise<Response>

/**
 * Wraps a fetch handler (Deno, Bun, Cloudflare, Next.js routes, tests): it runs only when `guard` allows the request.
 * `requirements` are the route's own beyond a valid token; `undefined` for none. What the platform passes besides the request, such as
 * the parameters of a route or a Worker's `env`, comes after the principal. Fails with `requirements_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { fetchGuard } from '@countersign/guard/fetch'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const handler = fetchGuard(guard, { scopes: ['notes:read'] }, (_, { subject }) => Response.json({ subject }))
 * const response = await handler(new Request('https://api.example.com/notes'))
 * console.log(response.status) // 401
 */
export function fetchGuard<
  P extends Principal<unknown> | undefined,
  More extends readonly unknown[] = [],
>(
  guard: Guard<P>,
  requirements: RouteRequirements | undefined,
  handler: GuardedHandler<P, More>,
): (request: Request, ...more: More) => Promise<Response> {
  assertRequirements(requirements)
  return async function countersign(request, ...more) {
    const answer = await guard.check(requestView(request), requirements)
    if (!answer.allowed) return toResponse(answer)
    rememberPrincipal(request, answer.principal)
    return handler(request, answer.principal, ...more)
  }
}

/**
 * Returns the guard's view of a `Request`, for `guard.check` and `guard.explain`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { requestView } from '@countersign/guard/fetch'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const explanation = await guard.explain(requestView(new Request('https://api.example.com/notes')))
 * console.log(explanation.likelyCause) // the client sent nothing, or a proxy removed the header
 */
export function requestView({ method, url, headers }: Request): RequestView {
  return { method, url, header: (name) => headers.get(name) ?? undefined }
}

/**
 * Returns a refusal as a `Response`: status, challenge and problem document (RFC 6750, RFC 9457).
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { requestView, toResponse } from '@countersign/guard/fetch'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const answer = await guard.check(requestView(new Request('https://api.example.com/notes')))
 * if (!answer.allowed) console.log(toResponse(answer).headers.get('www-authenticate')) // Bearer
 */
export function toResponse(refusal: Refusal): Response {
  return new Response(refusalBody(refusal), { status: refusal.status, headers: refusal.headers })
}

/**
 * Returns the metadata document of the resource (RFC 9728), to be served at `guard.metadata.path`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { metadataResponse } from '@countersign/guard/fetch'
 *
 * const url = 'https://api.example.com'
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: url, resource: { url } })
 * console.log(guard.metadata?.path) // /.well-known/oauth-protected-resource
 * console.log(await metadataResponse(guard).json())
 */
export function metadataResponse(guard: Guard<Principal<unknown> | undefined>): Response {
  return new Response(metadataText(guard.metadata), { headers: metadataHeaders })
}
