import { createAuth } from '@countersign/server'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createApp } from './express.ts'

const url = 'http://localhost:3000/auth'
const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }

/** Serves the application on a free port. */
async function serve() {
  const auth = await createAuth({ url, mode: 'development', env })
  const server = createApp(auth).listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    request: (path: string, init?: RequestInit) => fetch(`http://localhost:${port}${path}`, init),
    async [Symbol.asyncDispose]() {
      server.close()
      await auth.close()
    },
  }
}

test('a user who has signed in reads notes, until the sign-out', async () => {
  await using app = await serve()
  const login = await app.request('/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'password' }),
  })
  const { token } = (await login.json()) as { readonly token: string }
  const headers = { authorization: `Bearer ${token}` }
  const notes = await app.request('/notes', { headers })
  assert.deepEqual(await notes.json(), { owner: 'admin' })
  assert.equal((await app.request('/auth/logout', { method: 'POST', headers })).status, 204)
  assert.equal((await app.request('/notes', { headers })).status, 401)
})

test('without a token the notes are refused, and the page is public', async () => {
  await using app = await serve()
  assert.equal((await app.request('/notes')).status, 401)
  assert.equal((await app.request('/')).status, 200)
})
