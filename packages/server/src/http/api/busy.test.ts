import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'

test('of too many sign-ins at once some are told to come back in a second, and the others are served', async () => {
  const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
  await using server = await createServer(loadConfig({ mode: 'development', env }))
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const signIn = () =>
    server.fetch(new Request('http://localhost/login', { method: 'POST', headers, body }))
  const answers = await Promise.all(Array.from({ length: 200 }, signIn))
  const served = answers.filter(({ status }) => status === 200)
  assert.ok(served.length >= 64, 'those that wait are served')
  const refused = answers.filter((one) => !served.includes(one))
  assert.ok(refused.length > 0)
  for (const one of refused) {
    assert.equal(one.status, 503)
    assert.equal(one.headers.get('retry-after'), '1')
    assert.equal(((await one.json()) as { code: string }).code, 'busy')
  }
  assert.equal((await signIn()).status, 200)
})
