import assert from 'node:assert/strict'
import { guardContract } from './guard.contract.ts'
import { nodeGuard, nodeMetadata } from './node.ts'
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
