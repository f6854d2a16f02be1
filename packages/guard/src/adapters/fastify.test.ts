import fastify, { type FastifyInstance } from 'fastify'
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fastifyGuard, fastifyMetadata } from './fastify.ts'
import { answeredFirstContract } from './answered-first.contract.ts'
import { guardContract, type AnyGuard } from './guard.contract.ts'
import { verifier } from './guard-rows.contract.ts'
import type { Served } from './serve.fixture.ts'
import { createGuard, type RouteRequirements } from '../index.ts'

function applicationOf(guard: AnyGuard, requirements?: RouteRequirements) {
  const app = fastify()
  if (guard.metadata) app.get(guard.metadata.path, fastifyMetadata(guard))
  app.all('/', { onRequest: fastifyGuard(guard, requirements) }, (request) => ({
    subject: guard.principalOf(request)?.subject ?? null,
  }))
  return app
}

async function listening(app: FastifyInstance): Promise<Served> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

guardContract('Fastify', (guard, requirements) => listening(applicationOf(guard, requirements)))

test('a refusal carries the request id of Fastify, and is explained under it', async () => {
  const guard = createGuard({ verifier })
  const { headers, body } = await applicationOf(guard).inject('/')
  assert.equal(headers['content-type'], 'application/problem+json')
  const { instance } = JSON.parse(body) as { instance: string }
  assert.equal(instance, 'req-1')
  assert.equal(guard.findExplanation('req-1')?.code, 'token_missing')
})

answeredFirstContract('Fastify', async (guard, before, handle) => {
  const app = fastify()
  app.setErrorHandler((error, _, reply) => {
    console.error(error) // Fastify logs nothing by default
    return reply.code(500).send('failed')
  })
  app.addHook('onRequest', (_, reply, done) => {
    before(reply.raw)
    done()
  })
  app.get('/', { onRequest: fastifyGuard(guard) }, async () => handle())
  return listening(app)
})
