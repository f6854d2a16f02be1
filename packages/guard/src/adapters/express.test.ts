import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import { createGuard } from '../index.ts'
import { bound, proof } from './dpop-rows.contract.ts'
import { clock, verifier } from './guard-rows.contract.ts'
import { expressGuard, expressMetadata } from './express.ts'
import { answeredFirstContract } from './answered-first.contract.ts'
import { guardContract } from './guard.contract.ts'
import { ask, serve } from './serve.fixture.ts'

guardContract('Express', async (guard, requirements) => {
  const app = express()
  if (guard.metadata) app.get(guard.metadata.path, expressMetadata(guard))
  app.all('/', expressGuard(guard, requirements), (request, response) => {
    response.json({ subject: guard.principalOf(request)?.subject ?? null })
  })
  return serve(app)
})

answeredFirstContract('Express', async (guard, before, handle) => {
  const app = express()
  app.use((_, response, next) => {
    before(response)
    next()
  })
  app.get('/', expressGuard(guard), handle)
  return serve(app)
})

test('a proof names the whole URL, also where a router has removed the path at which it is mounted', async () => {
  const guard = createGuard({ verifier, clock, dpop: { url: 'https://api.example/base' } })
  const router = express.Router()
  router.get('/', expressGuard(guard), (_, response) => void response.json({}))
  await using server = await serve(express().use('/notes', router))
  const statusOf = async (htu: string) => {
    const sent = { path: '/notes', headers: bound(proof({ htu })) }
    return (await ask(server.url, sent)).status
  }
  assert.equal(await statusOf('https://api.example/base/'), 401)
  assert.equal(await statusOf('https://api.example/base/notes'), 200)
})
