import { createAdaptorServer } from '@hono/node-server'
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { fetchGuard, metadataResponse } from './fetch.ts'
import { guardContract } from './guard.contract.ts'
import { listen } from './serve.fixture.ts'

guardContract('fetch', (guard, requirements) => {
  const handler = fetchGuard(guard, requirements, (request, principal) => {
    assert.equal(principal, guard.principalOf(request))
    return Response.json({ subject: principal?.subject ?? null })
  })
  const fetch = (request: Request) =>
    new URL(request.url).pathname === guard.metadata?.path
      ? metadataResponse(guard)
      : handler(request)
  return listen(createAdaptorServer({ fetch }) as Server)
})
