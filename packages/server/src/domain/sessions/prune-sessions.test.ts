import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'

const day = 86_400

async function post(server: TestServer, path: string, body: unknown) {
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await server.fetch(new Request(`http://localhost${path}`, sent))
  return (await response.json()) as { readonly refresh_token: string; readonly code: string }
}

test('[18.34] a session that was over for want of use is deleted 30 days later, long before its lifetime ends', async () => {
  await using server = await testServer({
    COUNTERSIGN_SESSIONS_LIFETIME: '365d',
    COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '1d',
  })
  const credentials = { username: 'admin', password: 'password' }
  const { refresh_token } = await post(server, '/login', credentials)
  server.clock.advance(30 * day)
  await server.runJobs()
  assert.equal((await post(server, '/refresh', { refresh_token })).code, 'refresh_token_expired')
  server.clock.advance(day + 1)
  await server.runJobs()
  assert.equal((await post(server, '/refresh', { refresh_token })).code, 'refresh_token_unknown')
})

test('for a month a refresh token is refused as of an ended session, and then as unknown', async () => {
  await using server = await testServer({
    COUNTERSIGN_SESSIONS_LIFETIME: '10d',
    COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '10d',
  })
  const { refresh_token } = await post(server, '/login', {
    username: 'admin',
    password: 'password',
  })
  const heard = async () => (await post(server, '/refresh', { refresh_token })).code
  for (const [days, code] of [
    [10, 'refresh_token_expired'],
    [30, 'refresh_token_expired'],
    [1, 'refresh_token_unknown'],
  ] as const) {
    server.clock.advance(days * day)
    await server.runJobs()
    assert.equal(await heard(), code)
  }
})
