import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp, settings } from './app.ts'

const issuer = createTestIssuer()
const app = createApp(issuer.guard(settings))
const headersOf = (token: string) => ({
  authorization: `Bearer ${token}`,
  'content-type': 'text/plain',
})

test('a note names its author from the token', async () => {
  const headers = headersOf(issuer.token({ username: 'Ada' }))
  const written = await app.inject({ method: 'POST', url: '/notes', headers, payload: 'milk' })
  assert.equal(written.statusCode, 201)
  const read = await app.inject({ url: '/notes', headers })
  assert.deepEqual(read.json(), [{ by: 'Ada', text: 'milk' }])
})

test('a refusal has the form of this application, and the id of the request', async () => {
  const headers = { ...headersOf(issuer.badToken('expired')), 'request-id': 'x' }
  const { statusCode, json } = await app.inject({ url: '/notes', headers })
  assert.equal(statusCode, 401)
  assert.deepEqual(Object.keys(json()), ['error', 'request'])
  assert.equal(json().error, 'token_expired')
})

test('a token without the username claim that this application needs is refused', async () => {
  const { statusCode, json } = await app.inject({
    url: '/notes',
    headers: headersOf(issuer.token()),
  })
  assert.deepEqual([statusCode, json().error], [401, 'token_invalid'])
})

test('while the issuer is down, tokens of known keys are accepted, and health reports it', async () => {
  const headers = headersOf(issuer.token({ username: 'Ada' }))
  issuer.network = 'down'
  issuer.clock.advance(700) // beyond the time for which keys count as fresh
  assert.equal((await app.inject({ url: '/notes', headers })).statusCode, 200)
  issuer.network = 'up'
  assert.equal((await app.inject({ url: '/health' })).json().usable, true)
})
