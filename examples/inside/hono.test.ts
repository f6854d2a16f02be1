import { createAuth } from '@countersign/server'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from './hono.ts'

const url = 'http://localhost:3000/auth'
const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }

test('a user who has signed in reads notes, until the sign-out', async () => {
  await using auth = await createAuth({ url, mode: 'development', env })
  const app = createApp(auth)
  const login = await app.request(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'password' }),
  })
  const { token } = (await login.json()) as { readonly token: string }
  const headers = { authorization: `Bearer ${token}` }
  const notes = await app.request('http://localhost:3000/notes', { headers })
  assert.deepEqual(await notes.json(), { owner: 'admin' })
  assert.equal((await app.request(`${url}/logout`, { method: 'POST', headers })).status, 204)
  assert.equal((await app.request('http://localhost:3000/notes', { headers })).status, 401)
})

test('without a token the notes are refused, and the page is public', async () => {
  await using auth = await createAuth({ url, mode: 'development', env })
  const app = createApp(auth)
  assert.equal((await app.request('http://localhost:3000/notes')).status, 401)
  assert.equal((await app.request('http://localhost:3000/')).status, 200)
})
