import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { guardContract } from './guard.contract.ts'
import { honoGuard, honoMetadata } from './hono.ts'
import { listen } from './serve.fixture.ts'

guardContract('Hono', (guard, requirements) => {
  const app = new Hono()
  if (guard.metadata) app.get(guard.metadata.path, honoMetadata(guard))
  app.all('/', honoGuard(guard, requirements), (c) => {
    const { principal } = c.var
    assert.equal(principal, guard.principalOf(c.req.raw), 'both ways lead to the same principal')
    return c.json({ subject: principal?.subject ?? null })
  })
  return listen(createAdaptorServer({ fetch: app.fetch }) as Server)
})
