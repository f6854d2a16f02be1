import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from './app.ts'

const issuer = createTestIssuer()
const app = createApp(issuer.guard())
const as = (token: string, more: RequestInit = {}): RequestInit => ({
  ...more,
  headers: { authorization: `Bearer ${token}` },
})

test('each user has notes of their own', async () => {
  const [ada, bob] = [issuer.token({ sub: 'ada' }), issuer.token({ sub: 'bob' })]
  assert.equal((await app.request('/notes', as(ada, { method: 'POST', body: 'milk' }))).status, 201)
  assert.deepEqual(await (await app.request('/notes', as(ada))).json(), ['milk'])
  assert.deepEqual(await (await app.request('/notes', as(bob))).json(), [])
})

test('a missing, expired or foreign token is refused', async () => {
  assert.equal((await app.request('/notes')).status, 401)
  for (const fault of ['expired', 'of another audience', 'of another key'] as const)
    assert.equal((await app.request('/notes', as(issuer.badToken(fault)))).status, 401)
})

test('the first page is public, and greets a signed-in user', async () => {
  assert.deepEqual(await (await app.request('/')).json(), { hello: 'stranger' })
  assert.deepEqual(await (await app.request('/', as(issuer.token()))).json(), { hello: 'ada' })
  assert.equal((await app.request('/', as(issuer.badToken('expired')))).status, 401)
})

test('only an administrator who has just signed in can delete everything', async () => {
  const erase = (claims: object) =>
    app.request('/notes', as(issuer.token(claims), { method: 'DELETE' }))
  const now = issuer.clock.now()
  assert.equal((await erase({ auth_time: now })).status, 403)
  const old = await erase({ roles: ['admin'], auth_time: now - 301 })
  assert.equal(old.status, 401)
  assert.match(old.headers.get('www-authenticate') ?? '', /max_age="300"/)
  assert.equal((await erase({ roles: ['admin'], auth_time: now })).status, 204)
})
