import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { freePort } from '@countersign/testing/http'
import { testServer, type TestServer } from '../../testing.ts'
import { developmentPages } from '../pages/pages.ts'
import { developmentRoutes, routes } from '../api/routes.ts'
import { pageHeaders } from '../browser/security-headers.ts'

const request = (server: TestServer, path: string, init: RequestInit = {}) =>
  server.fetch(new Request(`http://localhost${path}`, init))

test('every response has headers that restrict what browsers do with it', async () => {
  await using server = await testServer()
  for (const path of ['/health/ready', '/me', '/nowhere', '/%ff', '/.well-known/jwks.json']) {
    const { headers } = await request(server, path)
    const csp = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    assert.equal(headers.get('content-security-policy'), csp, path)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/)
    assert.equal(headers.get('strict-transport-security'), null, 'this issuer is not https')
  }
})

test('an https issuer sends Strict-Transport-Security for a year', async () => {
  await using server = await testServer({ COUNTERSIGN_ISSUER_URL: 'https://auth.example.com' })
  const { headers } = await request(server, '/nowhere')
  assert.equal(headers.get('strict-transport-security'), 'max-age=31536000')
})

test('a page may load and run what its policy names, and nothing else', () => {
  const csp = pageHeaders({ styles: true, forms: ["'self'"] })['content-security-policy']
  assert.match(csp ?? '', /style-src 'self'/)
  assert.match(csp ?? '', /form-action 'self'/)
  assert.doesNotMatch(csp ?? '', /script-src|unsafe|\*/)
})

/** Requests a path from a server on a real port with a given Host header; returns the status and the failure code. */
function askHost(port: number, host: string, path: string): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port, path, headers: { host } },
      async (response) => {
        const { code } = (await json(response)) as { code?: string }
        resolve([response.statusCode, code])
      },
    )
    sent.on('error', reject).end()
  })
}

test('[G53] a malformed Host is refused: it cannot change the requested path', async () => {
  const port = await freePort()
  await using server = await testServer({ COUNTERSIGN_HTTP_PORT: String(port) })
  await server.listen()
  const malformed = [400, 'target_malformed']
  for (const host of [
    '0/admin',
    '0?xxxxx',
    '0#xxxxx',
    '0\\admin',
    'a@local',
    'a b',
    'a, b',
    'a:b',
    '[::1',
    '%zz',
  ])
    assert.deepEqual(await askHost(port, host, '/users'), malformed, host)
  for (const host of [
    'localhost',
    `LOCALHOST:${port}`,
    'localhost.',
    'a.localhost',
    '127.0.0.1:1',
    '[::1]:5000',
  ])
    assert.deepEqual(await askHost(port, host, '/nowhere'), [404, 'route_unknown'], host)
})

test('[G53] in development, where the password is public, requests for the names of other sites are refused', async () => {
  const env = {
    COUNTERSIGN_HTTP_PORT: String(await freePort()),
    COUNTERSIGN_ISSUER_URL: 'http://auth.test:5000',
  }
  const port = Number(env.COUNTERSIGN_HTTP_PORT)
  await using server = await testServer(env)
  await server.listen()
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'auth.test.evil',
    'xauth.test',
  ])
    assert.deepEqual(await askHost(port, host, '/nowhere'), [421, 'host_unknown'], host)
  for (const host of ['auth.test', 'Auth.Test:80', '192.0.2.7:5000', 'localhost'])
    assert.deepEqual(await askHost(port, host, '/nowhere'), [404, 'route_unknown'], host)
})

test('a request id from a client is ignored', async () => {
  await using server = await testServer()
  const id = 'b7c9a1de-0000-4000-8000-000000000000'
  const { headers } = await request(server, '/health/ready', { headers: { 'x-request-id': id } })
  assert.match(headers.get('x-request-id') ?? '', /^[\da-f-]{36}$/)
  assert.notEqual(headers.get('x-request-id'), id)
})

/** Every path that a server in development knows, with the methods that it takes. */
function knownPaths(): ReadonlyMap<string, readonly string[]> {
  const endpoints = [...routes, ...developmentRoutes].map(({ path, method }) => [path, method])
  for (const { path, forms = [] } of developmentPages) {
    endpoints.push([path, 'GET'])
    // GET of a form's URL redirects to its page
    for (const one of forms) endpoints.push([one.path, 'POST'], [one.path, 'GET'])
  }
  endpoints.push(['/assets/:version/:name', 'GET'])
  const known = new Map<string, readonly string[]>()
  // `/console/users/add` is `/console/users/:id` too
  for (const path of new Set(endpoints.map(([pattern = '']) => pattern.replaceAll(/:\w+/g, 'x')))) {
    const here = endpoints.filter(([pattern = '']) =>
      new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    )
    known.set(path, [...new Set(here.map(([, method = '']) => method))])
  }
  return known
}

test('every path of routes and pages answers OPTIONS with its methods, and refuses all others', async () => {
  await using server = await testServer()
  for (const [path, own] of knownPaths()) {
    const all = [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted()
    const allowed = ({ headers }: Response) => headers.get('allow')?.split(', ').toSorted()
    const options = await request(server, path, { method: 'OPTIONS' })
    assert.equal(options.status, 204, path)
    assert.deepEqual(allowed(options), all)
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY']) {
      if (all.includes(method)) continue
      const isRedirected = path === '/login' && /GET|HEAD/.test(method) // a browser gets to the sign-in page
      for (const accept of isRedirected ? ['*/*'] : ['*/*', 'text/html']) {
        const wrong = await request(server, path, { method, headers: { accept } })
        assert.equal(wrong.status, 405, `${method} ${path}`)
        assert.deepEqual(allowed(wrong), all)
      }
    }
  }
  assert.equal((await request(server, '/nowhere', { method: 'OPTIONS' })).status, 404)
  assert.equal((await request(server, '/account/nowhere', { method: 'DELETE' })).status, 404)
})

test('without pages their paths are unknown', async () => {
  await using server = await testServer({ COUNTERSIGN_PAGES_ENABLED: 'no' })
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
    assert.equal((await request(server, '/account', { method })).status, 404, method)
})

test('responses with secrets are never compressed', async () => {
  await using server = await testServer()
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' }
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const response = await request(server, '/login', { method: 'POST', headers, body })
  assert.equal(response.headers.get('content-encoding'), null)
  assert.equal(response.headers.get('cache-control'), 'no-store')
})

test('a browser that opens a URL gets an error as a page, every program as a problem document', async () => {
  await using server = await testServer({ COUNTERSIGN_PAGES_ENABLED: 'no' })
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const page = await request(server, '/nowhere<b>', { headers: { accept: browser } })
  assert.equal(page.status, 404)
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  const text = await page.text()
  assert.match(text, /<h1>Not found<\/h1>/)
  assert.ok(text.includes(page.headers.get('x-request-id') ?? '?'))
  assert.ok(!text.includes('nowhere'))
  assert.match(page.headers.get('content-security-policy') ?? '', /style-src 'sha256-[^']+'$/)
  for (const accept of ['*/*', 'application/json', 'image/png', '']) {
    const { headers } = await request(server, '/nowhere', { headers: { accept } })
    assert.equal(headers.get('content-type'), 'application/problem+json', accept)
  }
  const fetched = { accept: browser, 'sec-fetch-mode': 'cors' }
  const { headers } = await request(server, '/nowhere', { headers: fetched })
  assert.equal(headers.get('content-type'), 'application/problem+json')
})

test('a malformed URL is 400, never an internal error', async () => {
  await using server = await testServer()
  for (const path of ['/%', '/%ff', '/%c3%28', '/sessions/%00', '/sessions/%0d%0a', '/me?a=%ff']) {
    const response = await request(server, path)
    assert.equal(response.status, 400, path)
    assert.equal(((await response.json()) as { code: string }).code, 'target_malformed')
  }
  assert.equal((await request(server, '/%e2%82%ac')).status, 404)
})

test('a compressed body is refused unread', async () => {
  await using server = await testServer()
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const response = await request(server, '/login', { method: 'POST', headers, body: '{}' })
  assert.equal(response.status, 415)
})
