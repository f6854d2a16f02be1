import express from 'express'
import { expressGuard, expressMetadata } from './express.ts'
import { answeredFirstContract } from './answered-first.contract.ts'
import { guardContract } from './guard.contract.ts'
import { serve } from './serve.fixture.ts'

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
