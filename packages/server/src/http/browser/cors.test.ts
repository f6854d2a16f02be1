import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import { createServer } from '../../compose.ts'
import { testServer, type TestServer } from '../../testing.ts'

const origin = 'https://app.example.com'
const request = (server: TestServer, path: string, init: RequestInit = {}) =>
  server.fetch(new Request(`http://localhost${path}`, init))

test('[G49] without cors.origins, pages of other origins can read public documents only', async () => {
  await using server = await testServer()
  for (const from of [origin, 'null', 'http://localhost:5000']) {
    const me = await request(server, '/me', { headers: { origin: from } })
    assert.equal(me.headers.get('access-control-allow-origin'), null)
    const keys = await request(server, '/.well-known/jwks.json', { headers: { origin: from } })
    assert.equal(keys.headers.get('access-control-allow-origin'), '*')
    assert.equal(keys.headers.get('access-control-allow-credentials'), null)
    assert.equal(keys.headers.get('cross-origin-resource-policy'), 'cross-origin')
  }
})

test('[G49] an origin is compared as a whole with the list; no part, suffix or null matches', async () => {
  await using server = await testServer({
    COUNTERSIGN_CORS_ORIGINS: `${origin}, http://localhost:3000`,
  })
  const allowed = async (from: string | undefined, path = '/me') => {
    const { headers } = await request(server, path, { headers: from ? { origin: from } : {} })
    assert.match(headers.get('vary') ?? '', /Origin/, 'a cache must know that it depends')
    const credentials = headers.get('access-control-allow-credentials')
    assert.equal(credentials, headers.get('access-control-allow-origin') === null ? null : 'true')
    return headers.get('access-control-allow-origin')
  }
  assert.equal(await allowed(origin), origin)
  assert.equal(await allowed(origin, '/nowhere'), origin, 'a refusal can be read as well')
  assert.equal(await allowed('http://localhost:3000'), 'http://localhost:3000')
  const others = [
    undefined,
    'null',
    '*',
    'https://app.example.com.evil.example',
    'https://evil.example/https://app.example.com',
    'http://app.example.com',
    'https://APP.example.com',
    'https://app.example.com:8443',
    'https://app.example.com, https://evil.example',
    'https://xapp.example.com',
  ]
  for (const from of others) assert.equal(await allowed(from), null, String(from))
})

test('[G49] pages can be read by no other origin, not even one that may call the routes', async () => {
  await using server = await testServer({ COUNTERSIGN_CORS_ORIGINS: origin })
  for (const path of ['/sign-in', '/account', '/console', '/assets/x/style.css']) {
    const { headers } = await request(server, path, { headers: { origin } })
    assert.equal(headers.get('access-control-allow-origin'), null, path)
    const asked = { origin, 'access-control-request-method': 'POST' }
    const preflight = await request(server, path, { method: 'OPTIONS', headers: asked })
    assert.equal(preflight.headers.get('access-control-allow-methods'), null, path)
  }
})

test('[G49] a preflight gets the methods of the path when its origin is on the list, and nothing when it is not', async () => {
  await using server = await testServer({ COUNTERSIGN_CORS_ORIGINS: origin })
  const preflight = async (from: string, path: string) => {
    const headers = { origin: from, 'access-control-request-method': 'DELETE' }
    const response = await request(server, path, { method: 'OPTIONS', headers })
    assert.equal(response.status, 204)
    return response.headers
  }
  const listed = await preflight(origin, '/sessions')
  assert.equal(listed.get('access-control-allow-methods'), 'GET, DELETE, HEAD, OPTIONS')
  assert.equal(listed.get('access-control-allow-headers'), 'authorization, content-type, dpop')
  assert.match(listed.get('vary') ?? '', /Access-Control-Request-Method/)
  const strange = await preflight('https://evil.example', '/sessions')
  for (const name of ['origin', 'methods', 'headers', 'credentials'])
    assert.equal(strange.get(`access-control-allow-${name}`), null)
})

test('cors.origins accepts origins only', () => {
  for (const text of ['*', 'null', 'app.example.com', `${origin}/`, `${origin}/path`, 'file://x']) {
    const env = { COUNTERSIGN_CORS_ORIGINS: text }
    assert.throws(() => loadConfig({ mode: 'development', env }), { code: 'setting_invalid' }, text)
  }
})

test('[18.21] in development a page of this machine that is not listed is logged once, with the flag; others are not', async () => {
  const hints: string[] = []
  const log = {
    info: () => {},
    warn: (facts: object, message: string) => hints.push(`${JSON.stringify(facts)} ${message}`),
    error: () => {},
  }
  const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:' }
  await using server = await createServer(loadConfig({ mode: 'development', env }), { log })
  const call = (from: string) =>
    server.fetch(new Request('http://localhost:5000/me', { headers: { origin: from } }))
  for (const from of ['http://localhost:5173', 'http://localhost:5173', 'http://localhost:5000'])
    assert.equal((await call(from)).headers.get('access-control-allow-origin'), null)
  for (const from of [origin, 'null', 'http://localhost:1/x', 'http://localhost.evil.example'])
    await call(from)
  const cors = hints.filter((hint) => hint.includes('cors'))
  assert.equal(cors.length, 1)
  assert.match(String(cors[0]), /http:\/\/localhost:5173.*--cors-origins http:\/\/localhost:5173/)
})

test('[18.35] origins of applications are compared as a whole, like any other', async () => {
  const origins = [
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://1f0d5c7e-7d3c-4d39-9a3b-0a5f9f5b8b3c',
  ]
  await using server = await testServer({ COUNTERSIGN_CORS_ORIGINS: origins.join(', ') })
  const allowed = async (from: string) =>
    (await request(server, '/me', { headers: { origin: from } })).headers.get(
      'access-control-allow-origin',
    )
  for (const from of origins) {
    assert.equal(await allowed(from), from)
    for (const other of [`${from}x`, from.toUpperCase(), `${from}:80`, `${from}/`])
      assert.equal(await allowed(other), null, other)
  }
  for (const text of [
    'capacitor://',
    'capacitor://localhost/',
    'capacitor://LOCALHOST',
    'data://x',
    'blob://x',
    'capacitor:localhost',
    'tauri://a@b',
    'file://localhost',
  ])
    assert.throws(
      () => loadConfig({ mode: 'development', env: { COUNTERSIGN_CORS_ORIGINS: text } }),
      { code: 'setting_invalid' },
      text,
    )
})
