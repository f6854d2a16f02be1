import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { assertRequirements, type RouteRequirements } from '../authorize.ts'
import type { Guard } from '../guard-interface.ts'
import { rememberPrincipal, type Principal } from '../principal.ts'
import { refusalBody } from '../refusal.ts'
import { metadataHeaders, metadataText } from '../resource-metadata.ts'
import type { Answer } from '../respond.ts'
import { nodeRequestView } from './node.ts'

/**
 * Creates a Fastify hook that admits only requests that `guard` allows. As `onRequest` it runs before a body is read.
 * `guard.principalOf(request)` then returns the caller. A refusal carries Fastify's own request id. Fails with `requirements_invalid`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { fastifyGuard } from '@countersign/guard/fastify'
 * import { fastify } from 'fastify'
 *
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * export const app = fastify()
 * app.get('/me', { onRequest: fastifyGuard(guard) }, (request) => ({ subject: guard.principalOf(request).subject }))
 */
export function fastifyGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  requirements?: RouteRequirements,
): onRequestHookHandler {
  assertRequirements(requirements)
  return function countersign(request, reply, done) {
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) {
        if (reply.raw.headersSent) return // something else has answered, and Fastify would fail
        reply
          .code(answer.status)
          .headers(answer.headers)
          .serializer(String)
          .send(refusalBody(answer))
        return
      }
      rememberPrincipal(request, answer.principal)
      done()
    }
    const view = { ...nodeRequestView(request.raw), url: request.originalUrl, id: request.id }
    const pending = guard.check(view, requirements)
    if (pending instanceof Promise) pending.then(proceed).then(undefined, done)
    else proceed(pending)
  }
}

/**
 * Creates the handler that serves the metadata document of the resource (RFC 9728), at `guard.metadata.path`.
 *
 * @example
 * import { createGuard } from '@countersign/guard'
 * import { fastifyMetadata } from '@countersign/guard/fastify'
 * import { fastify } from 'fastify'
 *
 * const url = 'https://api.example.com'
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: url, resource: { url } })
 * export const app = fastify()
 * app.get(guard.metadata?.path ?? '', fastifyMetadata(guard))
 */
export function fastifyMetadata(guard: Guard<Principal<unknown> | undefined>) {
  const text = metadataText(guard.metadata)
  return (_: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.headers(metadataHeaders).serializer(String).send(text)
}
