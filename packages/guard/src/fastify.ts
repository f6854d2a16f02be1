import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { Answer } from './answer.ts'
import type { Guard } from './guard.ts'
import { assertNeed, type Need } from './need.ts'
import { nodeCredentials } from './node-credentials.ts'
import { rememberPrincipal, type Principal } from './principal.ts'
import { toText } from './refusal.ts'
import { metadataHeaders, metadataText } from './resource.ts'

/**
 * Lets a request through only when `guard` allows it: `app.get('/', { onRequest: fastifyGuard(guard) }, …)`, before a body is read.
 * `guard.principalOf(request)` is then who is calling. A refusal carries Fastify's own request id. Fails with `need_invalid`.
 */
export function fastifyGuard<P extends Principal<unknown> | undefined>(
  guard: Guard<P>,
  need?: Need,
): onRequestHookHandler {
  assertNeed(need)
  return function countersign(request, reply, done) {
    const proceed = (answer: Answer<P>) => {
      if (!answer.allowed) {
        reply.code(answer.status).headers(answer.headers).serializer(String).send(toText(answer))
        return
      }
      rememberPrincipal(request, answer.principal)
      done()
    }
    const asked = guard.check({ ...nodeCredentials(request.raw), id: request.id }, need)
    if (asked instanceof Promise) asked.then(proceed, done)
    else proceed(asked)
  }
}

/** Serves the guard's own document (RFC 9728) at `guard.metadata.path`. */
export function fastifyMetadata(guard: Guard<Principal<unknown> | undefined>) {
  const text = metadataText(guard.metadata)
  return (_: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.headers(metadataHeaders).serializer(String).send(text)
}
