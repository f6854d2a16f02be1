import { fetchGuard } from '@countersign/guard/fetch'
import { post } from '@countersign/testing/http'
import { isCountersignError } from '@countersign/token'
import express, {
  type NextFunction,
  type Request as Incoming,
  type Response as Outgoing,
} from 'express'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { expressAuth } from './adapters/express.ts'
import { startApplication } from './adapters/mounted.fixture.ts'
import { nextAuth } from './adapters/next.ts'
import { createAuth } from './create-auth.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'

const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
const url = 'http://localhost:4000/auth'
const mode = 'development'

test('[24.13] a second one of the same origin is refused until the first is closed', async () => {
  const first = await createAuth({ url, mode, env }, { hasher: testHasher })
  for (const other of [url, 'http://localhost:4000/other', 'http://localhost:4000'])
    await assert.rejects(createAuth({ url: other, mode, env }), { code: 'mount_taken' })
  await first.close()
  await using second = await createAuth({ url, mode, env }, { hasher: testHasher })
  assert.ok(second.owns('/auth/login'))
})

test('one that cannot start leaves its origin free', async () => {
  const wrong = { ...env, COUNTERSIGN_DATABASE_MIGRATIONS: 'expect' }
  await assert.rejects(createAuth({ url, mode, env: wrong }))
  await using _ = await createAuth({ url, mode, env }, { hasher: testHasher })
})

test('[24.14] without NODE_ENV=development it is in production, and refuses to start without a secret', async () => {
  for (const node of [{}, { NODE_ENV: 'test' }, { NODE_ENV: 'production' }])
    await assert.rejects(
      createAuth({ url: 'https://app.example.com/auth', env: { ...env, ...node } }),
      {
        code: 'setting_missing',
        message: /keys\.encryption_key/,
      },
    )
  await using auth = await createAuth(
    { url, env: { ...env, NODE_ENV: mode } },
    { hasher: testHasher },
  )
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const headers = { 'content-type': 'application/json' }
  const login = await auth.fetch(new Request(`${url}/login`, { method: 'POST', headers, body }))
  assert.equal(login.status, 200)
})

test('[24.15] settings of sockets, another URL in the environment and a malformed one are refused', async () => {
  const refused = { code: 'setting_invalid' }
  for (const [key, value] of [
    ['COUNTERSIGN_HTTP_PORT', '5001'],
    ['COUNTERSIGN_METRICS_PORT', '9090'],
    ['COUNTERSIGN_TLS_REDIRECT_PORT', '80'],
    ['COUNTERSIGN_ISSUER_URL', 'http://localhost:4000'],
  ] as const)
    await assert.rejects(createAuth({ url, mode, env: { ...env, [key]: value } }), refused, key)
  for (const wrong of [`${url}/`, `${url}?x=1`, '/auth'])
    await assert.rejects(createAuth({ url: wrong, mode, env }), refused, wrong)
  const plain = {
    ...env,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: Buffer.alloc(32, 'k9').toString('base64'),
  }
  await assert.rejects(createAuth({ url: 'http://app.example.com/auth', env: plain }), {
    code: 'plain_http',
  })
})

/** Runs an Express application, and returns the code of the failure that its error handler got. */
async function failureOf(mount: (app: express.Express) => void, path: string) {
  const app = express()
  let code: unknown
  mount(app)
  app.use((error: unknown, _: Incoming, response: Outgoing, __: NextFunction) => {
    code = isCountersignError(error) ? error.code : error
    response.sendStatus(500)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { status } = await post(`http://127.0.0.1:${port}${path}`, { username: 'a' }).catch(() => ({
    status: 500,
  }))
  server.close()
  return { status, code }
}

test('[24.16] in Express, another path and a body that was read before are refused, and not waited for', async () => {
  await using auth = await createAuth({ url, mode, env }, { hasher: testHasher })
  const elsewhere = await failureOf(
    (app) => app.use('/api/auth', expressAuth(auth)),
    '/api/auth/login',
  )
  assert.deepEqual(elsewhere, { status: 500, code: 'mount_wrong' })
  const late = await failureOf((app) => app.use(express.json(), expressAuth(auth)), '/auth/login')
  assert.deepEqual(late, { status: 500, code: 'body_read' })
})

test('[24.17] a cookie signs in to the application, whose own pages alone may send it with changes', async () => {
  await using app = await startApplication('hono', '/auth')
  const guarded = fetchGuard(app.auth.guard, undefined, (_, { subject }) =>
    Response.json({ subject }),
  )
  const sign = await fetch(`${app.url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: app.origin },
    body: JSON.stringify({ username: 'admin', password: 'password', cookies: true }),
  })
  const lines = sign.headers.getSetCookie()
  assert.ok(lines.length >= 2)
  for (const line of lines) assert.match(line, /; Path=\/;/) // `__Host-` requires it, and the guard of the application reads the cookie
  const cookie = lines.map((line) => line.split(';')[0]).join('; ')
  const send = (method: string, origin: string) =>
    guarded(new Request(`${app.origin}/notes`, { method, headers: { cookie, origin } }))
  assert.equal((await send('GET', app.origin)).status, 200)
  assert.equal((await send('POST', app.origin)).status, 200)
  assert.equal((await send('POST', 'https://evil.example')).status, 403)
})

test('[24.18] the guard exchanges API tokens in the process, and refuses them at once when they are revoked', async (t) => {
  await using auth = await createAuth({ url, mode, env }, { hasher: testHasher })
  t.mock.method(globalThis, 'fetch', () => assert.fail('nothing is asked over the network'))
  const send = async (line: string, body: unknown, token?: unknown) => {
    const [method = '', path = ''] = line.split(' ')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` }
    const { authorization: _, ...open } = headers
    const init = {
      method,
      headers: token === undefined ? open : headers,
      body: JSON.stringify(body),
    }
    const response = await auth.fetch(new Request(url + path, init))
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>)
  }
  const { token } = await send('POST /login', { username: 'admin', password: 'password' })
  await send('POST /admin/resources', { audience: url, scopes: ['notes:read'] }, token)
  const made = await send('POST /me/tokens', { name: 'script', scopes: ['notes:read'] }, token)
  const route = fetchGuard(auth.guard, { scopes: ['notes:read'] }, () => new Response('notes'))
  const other = fetchGuard(auth.guard, { scopes: ['notes:write'] }, () => new Response('notes'))
  const headers = { authorization: `Bearer ${String(made['token'])}` }
  const call = (handler: typeof route) =>
    handler(new Request('http://localhost:4000/notes', { headers }))
  assert.equal((await call(route)).status, 200)
  assert.equal((await call(other)).status, 403)
  const { id } = made
  await auth.fetch(
    new Request(`${url}/me/tokens/${String(id)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${String(token)}` },
    }),
  )
  assert.equal((await call(route)).status, 401)
})

test('[24.19] a stop answers the requests under way, and later ones with 503', async () => {
  const auth = await createAuth({ url, mode, env }, { hasher: testHasher })
  const text = JSON.stringify({ username: 'admin', password: 'password' })
  const rest = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async start(stream) {
      stream.enqueue(Buffer.from(text.slice(0, -1)))
      await rest.promise
      stream.enqueue(Buffer.from(text.slice(-1)))
      stream.close()
    },
  })
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body, duplex: 'half' } as const
  const login = auth.fetch(new Request(`${url}/login`, init))
  const closed = auth.close()
  const late = await auth.fetch(new Request(`${url}/health/live`))
  assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '1'])
  rest.resolve()
  assert.equal((await login).status, 200)
  await closed
})

test('[24.20] Next.js opens it at the first request, once for all copies of a module, and again after a failure', async () => {
  let opens = 0
  const open = async () => {
    if (opens++ === 0) throw new Error('the database does not answer yet')
    return createAuth({ url, mode, env }, { hasher: testHasher })
  }
  const [one, two] = [nextAuth(open), nextAuth(open)]
  assert.equal(opens, 0)
  const ask = ({ handlers }: typeof one) => handlers.GET(new Request(`${url}/health/live`))
  await assert.rejects(ask(one))
  const answers = await Promise.all([ask(one), ask(two)])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  )
  assert.equal(opens, 2)
  const route = two.guarded(undefined, (_, { subject }) => Response.json({ subject }))
  assert.equal((await route(new Request('http://localhost:4000/notes'))).status, 401)
  await (await one.auth()).close()
})
