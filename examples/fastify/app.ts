// Notes of a tenant in Fastify, with typed claims and refusals in the application's own form. With Countersign running (npm start):
// npm start --workspace=@countersign/example-fastify
import { createGuard, type Guard, type GuardSettings, type Principal } from '@countersign/guard'
import { fastifyGuard } from '@countersign/guard/fastify'
import fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'

const claims = z.object({ sub: z.string(), username: z.string() })
type Claims = z.infer<typeof claims>

/** The options of the guard that do not depend on the issuer. */
export const settings: GuardSettings<Claims> = {
  claims,
  onRefusal: ({ problem, id }) => ({
    headers: { 'content-type': 'application/json' },
    body: { error: problem.code, request: id },
  }),
}

/** Creates the application with a guard before it: tests pass one of their own. */
export function createApp(guard: Guard<Principal<Claims>>): FastifyInstance {
  const notes: { readonly by: string; readonly text: string }[] = []
  const app = fastify()

  app.get('/health', () => guard.health())

  app.get('/notes', { onRequest: fastifyGuard(guard) }, () => notes)

  app.post<{ Body: string }>('/notes', { onRequest: fastifyGuard(guard) }, (request, reply) => {
    const { username } = guard.principalOf(request).claims // a text, as the schema says
    notes.push({ by: username, text: request.body })
    reply.code(201).send(notes)
  })
  return app
}

if (import.meta.main) {
  const issuer = process.env['ISSUER'] ?? 'http://localhost:5000'
  const port = Number(process.env['PORT'] ?? 3000)
  await createApp(
    createGuard({ issuer, audience: issuer, revocation: 'feed', ...settings }),
  ).listen({ port })
  console.log(`Listening on port ${port}`)
}
