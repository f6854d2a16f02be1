import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedClock } from '@countersign/token/testing'
import { inspect } from '@countersign/token'
import { loadConfig } from '../../config/load.ts'
import { createServer } from '../../compose.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import { reservedClaims } from './access-token.ts'
import type { Hooks } from './hooks.ts'

/** Signs in at a server whose application adds claims. */
async function signIn(customClaims: Hooks['customClaims']) {
  const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
  await using server = await createServer(loadConfig({ mode: 'development', env }), {
    clock: fixedClock(1_800_000_000),
    hasher: testHasher,
    customClaims,
  })
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://localhost/login', { method: 'POST', headers, body })
  const response = await server.fetch(request)
  return { status: response.status, answer: (await response.json()) as { token: string } }
}

test('an application adds its own claims', async () => {
  const { answer } = await signIn((user, session) => ({
    tenant: 'acme',
    who: `${user.name} by ${session.amr.join()}`,
  }))
  const { claims } = inspect(answer.token)
  assert.deepEqual([claims['tenant'], claims['who']], ['acme', 'admin by pwd'])
})

test('a reserved claim is refused, and no token is signed', async () => {
  for (const name of reservedClaims)
    assert.equal((await signIn(() => ({ [name]: 'mine' }))).status, 503, name)
})

test('[24.24] claims that are no object of JSON, or become another one in it, are signed in no token', async () => {
  const other = { iss: 'https://evil.example', sub: 'u_other', roles: ['admin'] }
  const circle: Record<string, unknown> = {}
  circle['itself'] = circle
  const given = [null, undefined, 5, 'text', ['x'], () => ({}), circle, { big: 1n }]
  const own = { toJSON: () => other }
  const nested = { plan: { toJSON: () => other } }
  for (const claims of [...given, own]) {
    const { status, answer } = await signIn(() => claims as Record<string, unknown>)
    assert.deepEqual([status, answer.token], [503, undefined])
  }
  const { claims } = inspect((await signIn(() => nested)).answer.token)
  assert.deepEqual([claims['plan'], claims['roles']], [other, ['admin']])
})
