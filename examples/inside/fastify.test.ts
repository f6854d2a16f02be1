import { createAuth } from '@countersign/server'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from './fastify.ts'

const url = 'http://localhost:3000/auth'
const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }

test('a user who has signed in reads notes, until the sign-out', async () => {
  await using app = createApp(await createAuth({ url, mode: 'development', env }))
  const payload = { username: 'admin', password: 'password' }
  const login = await app.inject({ method: 'POST', url: '/auth/login', payload })
  const { token } = login.json<{ readonly token: string }>()
  const headers = { authorization: `Bearer ${token}` }
  const notes = await app.inject({ url: '/notes', headers })
  assert.deepEqual(notes.json(), { owner: 'admin' })
  const logout = await app.inject({ method: 'POST', url: '/auth/logout', headers })
  assert.equal(logout.statusCode, 204)
  assert.equal((await app.inject({ url: '/notes', headers })).statusCode, 401)
})

test('without a token the notes are refused, and the page is public', async () => {
  await using app = createApp(await createAuth({ url, mode: 'development', env }))
  assert.equal((await app.inject('/notes')).statusCode, 401)
  assert.equal((await app.inject('/')).statusCode, 200)
})
