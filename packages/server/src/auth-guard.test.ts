// The guard of an application with the server inside.
import { fetchGuard } from '@countersign/guard/fetch'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApplication } from './adapters/mounted.fixture.ts'
import { createAuth } from './create-auth.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'

const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
const url = 'http://localhost:4000/auth'
const mode = 'development'

test('[24.17] a cookie signs in to the application, whose own pages alone may send it with changes', async () => {
  await using app = await startApplication('hono', '/auth')
  const guarded = fetchGuard(app.auth.guard, undefined, (_, { subject }) =>
    Response.json({ subject }),
  )
  const sign = await fetch(`${app.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: app.origin },
    body: JSON.stringify({ username: 'admin', password: 'password', cookies: true }),
  })
  const lines = sign.headers.getSetCookie()
  assert.ok(lines.length >= 2)
  for (const line of lines) assert.match(line, /; Path=\/;/) // `__Host-` requires it, and the guard of the application reads the cookie
  const cookie = lines.map((line) => line.split(';')[0]).join('; ')
  const send = (method: string, origin: string) =>
    guarded(new Request(`${app.origin}/notes`, { method, headers: { cookie, origin } }))
  assert.equal((await send('GET', app.origin)).status, 200)
  assert.equal((await send('POST', app.origin)).status, 200)
  assert.equal((await send('POST', 'https://evil.example')).status, 403)
})

test('[24.18] the guard exchanges API tokens in the process, and refuses them at once when they are revoked', async (t) => {
  await using auth = await createAuth({ url, mode, env }, { hasher: testHasher })
  t.mock.method(globalThis, 'fetch', () => assert.fail('nothing is asked over the network'))
  const send = async (line: string, body: unknown, token?: unknown) => {
    const [method = '', path = ''] = line.split(' ')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` }
    const { authorization: _, ...open } = headers
    const init = {
      method,
      headers: token === undefined ? open : headers,
      body: JSON.stringify(body),
    }
    const response = await auth.fetch(new Request(url + path, init))
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>)
  }
  const { token } = await send('POST /login', { username: 'admin', password: 'password' })
  await send('POST /admin/resources', { audience: url, scopes: ['notes:read'] }, token)
  const made = await send('POST /me/tokens', { name: 'script', scopes: ['notes:read'] }, token)
  const route = fetchGuard(auth.guard, { scopes: ['notes:read'] }, () => new Response('notes'))
  const other = fetchGuard(auth.guard, { scopes: ['notes:write'] }, () => new Response('notes'))
  const headers = { authorization: `Bearer ${String(made['token'])}` }
  const call = (handler: typeof route) =>
    handler(new Request('http://localhost:4000/notes', { headers }))
  assert.equal((await call(route)).status, 200)
  assert.equal((await call(other)).status, 403)
  const { id } = made
  await auth.fetch(
    new Request(`${url}/me/tokens/${String(id)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${String(token)}` },
    }),
  )
  assert.equal((await call(route)).status, 401)
})
