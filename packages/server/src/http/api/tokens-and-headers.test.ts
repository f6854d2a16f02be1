import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGuard } from '@countersign/guard'
import type { Jwks } from '@countersign/token'
import { testServer } from '../../testing.ts'
import { openBrowser } from '../pages/test-browser.fixture.ts'
import { request } from './api.fixture.ts'

const json = { 'content-type': 'application/json' }
const login = (body: unknown = { username: 'admin', password: 'password' }) =>
  new Request('http://localhost/login', {
    method: 'POST',
    headers: json,
    body: JSON.stringify(body),
  })
const me = (token: string) =>
  new Request('http://localhost/me', { headers: { authorization: `Bearer ${token}` } })

test('a token expires at the end of its lifetime, to the second', async () => {
  await using server = await testServer({ COUNTERSIGN_TOKENS_LIFETIME: '10m' })
  const { token, expires_in } = (await (await server.fetch(login())).json()) as {
    token: string
    expires_in: number
  }
  assert.equal(expires_in, 600)
  server.clock.advance(604) // 600 of life, and leeway of 5 not used up
  assert.equal((await server.fetch(me(token))).status, 200)
  server.clock.advance(1)
  const refused = await server.fetch(me(token))
  assert.equal(refused.status, 401)
  assert.equal(((await refused.json()) as { code: string }).code, 'token_expired')
})

test('an access token has the header and claims of RFC 9068', async () => {
  await using server = await testServer()
  const { token } = (await (await server.fetch(login())).json()) as { token: string }
  const [header, claims] = token.split('.').map((one) => Buffer.from(one, 'base64url').toString())
  assert.match(header ?? '', /"typ":"at\+jwt"/)
  const { iat, exp, jti, sub, sid, status, ...rest } = JSON.parse(claims ?? '') as Record<
    string,
    unknown
  >
  assert.deepEqual(rest, {
    iss: 'http://localhost:5000',
    aud: 'http://localhost:5000',
    client_id: 'countersign',
    username: 'admin',
    auth_time: 1_800_000_000,
    amr: ['pwd'],
    roles: ['admin'],
  })
  assert.equal(Number(exp) - Number(iat), 900)
  assert.match(String(sub), /^u_/)
  assert.match(String(sid), /^s_/)
  assert.match(String(jti), /^[\w-]{22}$/)
  assert.match(
    JSON.stringify(status),
    /^\{"status_list":\{"idx":\d+,"uri":"http:.*\/status-lists\/1"\}\}$/,
  )
})

test('every response has a request id and nosniff, and no cache may store it unless the route allows it', async () => {
  await using server = await testServer()
  for (const [path, cache] of [
    ['/health/ready', 'no-store'],
    ['/me', 'no-store'],
    ['/nowhere', 'no-store'],
    ['/.well-known/jwks.json', 'public, max-age=300'],
    ['/.well-known/oauth-authorization-server', 'public, max-age=300'],
  ] as const) {
    const { headers } = await server.fetch(new Request(`http://localhost${path}`))
    assert.match(headers.get('x-request-id') ?? '', /^[\da-f-]{36}$/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), cache, path)
  }
})

test('a problem document carries the request id of the log', async () => {
  await using server = await testServer()
  const response = await server.fetch(login({ username: 'admin', password: 'wrong' }))
  const { instance } = (await response.json()) as { instance: string }
  assert.equal(instance, `urn:uuid:${response.headers.get('x-request-id')}`)
})

test('HEAD is answered wherever GET is', async () => {
  await using server = await testServer()
  const response = await server.fetch(
    new Request('http://localhost/health/ready', { method: 'HEAD' }),
  )
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '')
})

test('a request while the database is closed fails as internal, and the caller learns no details', async () => {
  const server = await testServer()
  await server.close()
  const response = await server.fetch(new Request('http://localhost/health/ready'))
  assert.ok(response.status >= 500)
  const body = await response.text()
  assert.doesNotMatch(body, /driver|destroyed|sqlite|at /i)
})

test('[18.19] with tokens.type JWT, access tokens have the typ JWT, and those of the other type are refused', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-'))
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder.path, 'users.db')}` }
  await using usual = await testServer(env)
  await using server = await testServer({ ...env, COUNTERSIGN_TOKENS_TYPE: 'JWT' })
  const body = { username: 'admin', password: 'password' }
  const tokensOf = async (one: typeof server) =>
    (await request(one, 'POST /login', { body })).body as { token: string; refresh_token: string }
  const { token, refresh_token } = await tokensOf(server)
  assert.match(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(), /"typ":"JWT"/)
  assert.equal((await request(server, 'GET /me', { token })).status, 200)
  const refreshed = await request(server, 'POST /refresh', { body: { refresh_token } })
  assert.equal(
    (await request(server, 'GET /me', { token: String(refreshed.body['token']) })).status,
    200,
  )
  assert.equal((await openBrowser(server).signIn()).path, '/account')
  for (const [one, other] of [
    [server, usual],
    [usual, server],
  ] as const) {
    const { token: theirs } = await tokensOf(other)
    assert.equal((await request(one, 'GET /me', { token: theirs })).status, 401)
  }
  const fetch = (url: string | URL | Request, init?: RequestInit) =>
    server.fetch(new Request(url, init))
  const [issuer, { clock }] = ['http://localhost:5000', server]
  const [strict, told] = [{}, { type: 'JWT' }].map((type) =>
    createGuard({ issuer, audience: issuer, fetch, clock, onEvent() {}, ...type }),
  )
  assert.equal((await strict?.checkToken(token))?.allowed, false)
  assert.equal((await told?.checkToken(token))?.allowed, true)
  strict?.close()
  told?.close()
})

test('[18.19] keys of ML-DSA are last in the key set, so that readers that do not know them find theirs first', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'countersign-'))
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(folder.path, 'users.db')}` }
  const typesOf = async (server: Awaited<ReturnType<typeof testServer>>) => {
    const { body } = await request(server, 'GET /.well-known/jwks.json')
    return (body as unknown as Jwks).keys.map(({ kty }) => kty)
  }
  {
    await using server = await testServer({ ...env, COUNTERSIGN_KEYS_ALGORITHMS: 'ML-DSA-44' })
    assert.deepEqual(new Set(await typesOf(server)), new Set(['AKP']))
  }
  await using server = await testServer(env)
  server.clock.advance(7200)
  await server.runJobs()
  assert.deepEqual(await typesOf(server), ['EC', 'AKP', 'AKP'])
})
