import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../principal.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'
import { answeredFirstContract } from './answered-first.contract.ts'
import { guardContract } from './guard.contract.ts'
import { nodeGuard, nodeMetadata, type NodeHandler } from './node.ts'
import { serve } from './serve.fixture.ts'

guardContract('node:http', async (guard, requirements) => {
  const metadata = guard.metadata && nodeMetadata(guard)
  const route = nodeGuard(guard, requirements, (request, response, principal) => {
    assert.equal(principal, guard.principalOf(request))
    response.end(JSON.stringify({ subject: principal?.subject ?? null }))
  })
  return serve((request, response) => {
    if (metadata && request.url === guard.metadata?.path) metadata(request, response)
    else void route(request, response)
  })
})

answeredFirstContract('node:http', async (guard, before, handle) => {
  const route = nodeGuard(guard, undefined, handle)
  return serve((request, response) => {
    before(response)
    void route(request, response)
  })
})

test('[18.30] a handler that fails, at once or later, is answered with 500; one that has begun its answer is cut off', async (t) => {
  const { mock } = t.mock.method(console, 'error', () => undefined)
  const issuer = createTestIssuer()
  const handlers: Readonly<Record<string, NodeHandler<Principal>>> = {
    '/at-once': () => assert.fail('a bug'),
    '/later': async () => assert.fail('a bug'),
    '/begun': async (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('x')
      assert.fail('a bug')
    },
  }
  const guard = issuer.guard()
  await using server = await serve((request, response) => {
    const handler = handlers[request.url ?? ''] ?? (() => assert.fail())
    void nodeGuard(guard, undefined, handler)(request, response)
  })
  const headers = { authorization: `Bearer ${issuer.token()}` }
  const ask = async (path: string) => {
    const response = await fetch(server.url + path, { headers })
    return [response.status, await response.text()]
  }
  assert.deepEqual(await ask('/at-once'), [500, 'Internal Server Error'])
  assert.deepEqual(await ask('/later'), [500, 'Internal Server Error'])
  await assert.rejects(ask('/begun'), TypeError)
  assert.equal(mock.callCount(), 3)
})
