import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'
import { createLog } from '../../platform/observability/log.ts'
import { testServer } from '../../testing.ts'

const production = {
  COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
  COUNTERSIGN_LOG_LEVEL: 'silent',
  COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
  COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
}

test('[G52] in production, headers of an undeclared proxy are warned of, once', async () => {
  let written = ''
  const log = createLog({ level: 'warn', readable: false }, { write: (line) => (written += line) })
  const env = {
    ...production,
    COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.1',
    COUNTERSIGN_PROXY_HEADER: 'x-forwarded-for',
  }
  await using server = await createServer(loadConfig({ mode: 'production', env }), { log })
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  const from = (address: string) =>
    server.fetch(new Request('http://localhost/health/ready', { headers }), { address })
  await from('10.0.0.1')
  assert.equal(written, '')
  await from('198.51.100.1')
  await from('198.51.100.1')
  assert.equal(written.trim().split('\n').length, 1, written)
  assert.match(written, /proxy\.addresses/)
  assert.ok(!written.includes('203.0.113.7'))
})

test('[G52] passwords and tokens are accepted in clear text over a network from a declared proxy only', async () => {
  const env = {
    ...production,
    COUNTERSIGN_HTTP_HOST: '0.0.0.0',
    COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.1',
  }
  await using server = await createServer(loadConfig({ mode: 'production', env }))
  const code = async (path: string, address: string, plain: boolean) => {
    const headers = { 'content-type': 'application/json' }
    const init = path === '/login' ? { method: 'POST', headers, body: '{}' } : {}
    const request = new Request(`http://localhost${path}`, init)
    const response = await server.fetch(request, { address, plain })
    return ((await response.json()) as { code?: string }).code
  }
  for (const path of ['/login', '/me'])
    assert.equal(await code(path, '198.51.100.1', true), 'https_required')
  assert.equal(await code('/health/ready', '198.51.100.1', true), undefined)
  for (const address of ['10.0.0.1', '127.0.0.1'])
    assert.equal(await code('/login', address, true), 'body_invalid')
  assert.equal(await code('/login', '198.51.100.1', false), 'body_invalid')
})

test('[18.33] an issuer over plain http serves its keys in clear text, logs a warning, and takes no secrets', async () => {
  const env = {
    ...production,
    COUNTERSIGN_HTTP_HOST: '0.0.0.0',
    COUNTERSIGN_ISSUER_URL: 'http://auth:8080',
    COUNTERSIGN_ISSUER_ALLOW_INSECURE_HTTP: 'http://auth:8080',
  }
  let logged = ''
  const log = createLog({ level: 'warn', readable: false }, { write: (line) => (logged += line) })
  await using server = await createServer(loadConfig({ mode: 'production', env }), { log })
  assert.match(logged, /issuer\.allow_insecure_http is set/)
  const statusOf = async (path: string, init: RequestInit = {}) => {
    const request = new Request(`http://auth:8080${path}`, init)
    return (await server.fetch(request, { address: '198.51.100.1', plain: true })).status
  }
  assert.equal(await statusOf('/.well-known/jwks.json'), 200)
  assert.equal(await statusOf('/.well-known/oauth-authorization-server'), 200)
  assert.equal(await statusOf('/me'), 403)
  const headers = { 'content-type': 'application/json' }
  assert.equal(await statusOf('/login', { method: 'POST', headers, body: '{}' }), 403)
})

test('[G52] the proxy matrix: limits go by the true address, and callers of unknown address share a larger one', async () => {
  const proxied = { COUNTERSIGN_PROXY_ADDRESSES: '10.0.0.0/8' }
  const xff = { ...proxied, COUNTERSIGN_PROXY_HEADER: 'x-forwarded-for' }
  const rfc = { ...proxied, COUNTERSIGN_PROXY_HEADER: 'forwarded' }
  type Request = readonly [peer: string, headers: Readonly<Record<string, string>>]
  const by = (name: string, value: string) => ({ [name]: value })
  const list = 'x-forwarded-for'
  const [shared, apart] = [
    [401, 429],
    [401, 401],
  ] // two attempts, and one is allowed for each address
  const rows: readonly (readonly [string, object, Request, Request, readonly number[]])[] = [
    ['no proxy', {}, ['192.0.2.1', {}], ['192.0.2.1', {}], shared],
    [
      'no proxy, spoofed',
      {},
      ['192.0.2.1', by(list, '1.1.1.1')],
      ['192.0.2.1', by(list, '2.2.2.2')],
      shared,
    ],
    [
      'no proxy, spoofed Forwarded',
      {},
      ['192.0.2.1', by('forwarded', 'for=1.1.1.1')],
      ['192.0.2.1', {}],
      shared,
    ],
    [
      'a proxy that says nothing',
      proxied,
      ['10.0.0.1', by(list, '1.1.1.1')],
      ['10.0.0.1', by(list, '1.1.1.1')],
      apart,
    ],
    [
      'two callers',
      xff,
      ['10.0.0.1', by(list, '1.1.1.1')],
      ['10.0.0.1', by(list, '2.2.2.2')],
      apart,
    ],
    [
      'one caller',
      xff,
      ['10.0.0.1', by(list, '1.1.1.1')],
      ['10.0.0.2', by(list, '1.1.1.1')],
      shared,
    ],
    [
      'one caller who spoofs',
      xff,
      ['10.0.0.1', by(list, '7.7.7.7, 1.1.1.1')],
      ['10.0.0.1', by(list, '8.8.8.8, 1.1.1.1')],
      shared,
    ],
    [
      'two hops',
      xff,
      ['10.0.0.1', by(list, '1.1.1.1, 10.0.0.7')],
      ['10.0.0.1', by(list, '9.9.9.9, 1.1.1.1, 10.0.0.8')],
      shared,
    ],
    [
      'past the proxy',
      xff,
      ['192.0.2.1', by(list, '1.1.1.1')],
      ['192.0.2.1', by(list, '2.2.2.2')],
      shared,
    ],
    [
      'Forwarded',
      rfc,
      ['10.0.0.1', by('forwarded', 'for=1.1.1.1')],
      ['10.0.0.1', by('forwarded', 'for=", for=1.1.1.1;proto=https')],
      shared,
    ],
    [
      'the header not declared',
      rfc,
      ['10.0.0.1', by(list, '1.1.1.1')],
      ['10.0.0.1', by(list, '1.1.1.1')],
      apart,
    ],
    [
      'one /64 network',
      xff,
      ['10.0.0.1', by(list, '2001:db8::1')],
      ['10.0.0.1', by(list, '[2001:db8::2]:99')],
      shared,
    ],
  ]
  for (const [name, env, first, second, expected] of rows) {
    await using server = await testServer({ ...env, COUNTERSIGN_LIMITS_ATTEMPTS: '1/1h' })
    const statuses = []
    for (const [address, headers] of [first, second]) {
      const body = JSON.stringify({ username: 'nobody', password: 'x' })
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      }
      const request = new Request('http://localhost/login', init)
      statuses.push((await server.fetch(request, { address })).status)
    }
    assert.deepEqual(statuses, expected, name)
  }
})

test('[G52] no header changes an issuer, a link or a cookie: with and without them every answer is the same', async () => {
  await using server = await createServer(loadConfig({ mode: 'production', env: production }))
  const lies = {
    host: 'evil.example',
    forwarded: 'for=1.1.1.1;host=evil.example;proto=http',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '81',
    'x-forwarded-prefix': '/evil',
    'x-forwarded-for': '1.1.1.1',
    'x-real-ip': '1.1.1.1',
    'x-original-url': '/health/ready',
    'x-rewrite-url': '/health/ready',
    'x-http-method-override': 'DELETE',
  }
  const seen = async (path: string, url: string, headers: Readonly<Record<string, string>>) => {
    const response = await server.fetch(new Request(`${url}${path}`, { headers }))
    const text = (await response.text()).replace(/urn:uuid:[\da-f-]+/, '')
    const own = [...response.headers].filter(([name]) => name !== 'x-request-id')
    return { status: response.status, own, text }
  }
  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/jwks.json',
    '/me',
    '/nowhere',
  ]) {
    const honest = await seen(path, 'https://auth.example.com', {})
    const spoofed = await seen(path, 'http://evil.example:81', lies)
    assert.deepEqual(spoofed, honest)
    assert.ok(!JSON.stringify(spoofed).includes('evil'))
  }
})
