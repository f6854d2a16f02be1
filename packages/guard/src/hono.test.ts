import { Hono } from 'hono'
import assert from 'node:assert/strict'
import { guardContract } from './guard.contract.ts'
import { honoGuard } from './hono.ts'
import { principalOf } from './index.ts'

guardContract('Hono', (guard, need) => {
  const app = new Hono().get('/', honoGuard(guard, need), (c) => {
    assert.equal(c.var.principal, principalOf(c.req.raw), 'both ways lead to the same principal')
    return c.json({ subject: c.var.principal.subject })
  })
  return async (request) => app.fetch(request)
})
