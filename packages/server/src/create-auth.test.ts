import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { isCountersignError } from '@countersign/token'
import { fixedClock } from '@countersign/token/testing'
import express, {
  type NextFunction,
  type Request as Incoming,
  type Response as Outgoing,
} from 'express'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { expressAuth } from './adapters/express.ts'
import { nextAuth } from './adapters/next.ts'
import { createAuth } from './create-auth.ts'
import { move } from './store/move/move.fixture.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'
import { createLog } from './platform/observability/log.ts'

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
    ['COUNTERSIGN_TLS_REDIRECT_PORT', '80'],
    ['COUNTERSIGN_ISSUER_URL', 'http://localhost:4000'],
  ] as const)
    await assert.rejects(createAuth({ url, mode, env: { ...env, [key]: value } }), {
      ...refused,
      message: new RegExp(key),
    })
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

test('at a plain http address inside a cluster, which the settings name, it works', async () => {
  const origin = 'http://app:8080'
  const plain = {
    ...env,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_ISSUER_ALLOW_INSECURE_HTTP: origin,
  }
  await using auth = await createAuth({ url: `${origin}/auth`, env: plain }, { hasher: testHasher })
  const health = await auth.fetch(new Request(`${origin}/auth/health/ready`))
  assert.equal(health.status, 200)
  const refused = await auth.guard.checkToken('x')
  assert.equal(refused.allowed, false)
})

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

test('a handler that gets requests without the path answers none of them, and says so once', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'warn', readable: false }, { write: (line) => lines.push(line) })
  await using auth = await createAuth({ url, mode, env }, { hasher: testHasher, log })
  for (const path of ['/login', '/sign-in', '/outside of the mount', '/authorize'])
    assert.equal((await auth.fetch(new Request(`http://localhost:4000${path}`))).status, 404, path)
  assert.equal(lines.filter((line) => line.includes('outside of the path of `url`')).length, 1)
})

test('metrics have a socket of their own, which closes too; a taken port leaves nothing open', async () => {
  const port = String(await freePort())
  const measured = { ...env, COUNTERSIGN_METRICS_PORT: port }
  const metrics = `http://localhost:${port}/metrics`
  const auth = await createAuth({ url, mode, env: measured }, { hasher: testHasher })
  assert.match(await (await fetch(metrics)).text(), /countersign_signing_keys/)
  const other = { url: 'http://localhost:4001', mode, env: measured } as const
  await assert.rejects(createAuth(other, { hasher: testHasher }), { code: 'port_taken' })
  await auth.close()
  await assert.rejects(fetch(metrics))
  await using again = await createAuth(other, { hasher: testHasher })
  assert.ok(again.owns('/login'))
})

test('one whose database was moved logs it, is not ready any more, and calls onMoved once', async () => {
  using folder = scratch()
  const at = (name: string) => ({ kind: 'sqlite', file: join(folder.path, name) }) as const
  const lines: string[] = []
  const log = createLog({ level: 'error', readable: false }, { write: (line) => lines.push(line) })
  const moved = { ...env, COUNTERSIGN_DATABASE_URL: `sqlite:${at('old.db').file}` }
  const clock = fixedClock(Math.floor(Date.now() / 1000))
  const calls: number[] = []
  const ports = {
    hasher: testHasher,
    log,
    clock,
    timer: clock,
    onMoved: () => void calls.push(clock.now()),
  }
  await using auth = await createAuth({ url, mode, env: moved }, ports)
  const isReady = async () => (await auth.fetch(new Request(`${url}/health/ready`))).status
  assert.equal(await isReady(), 200)
  await move(at('old.db'), at('new.db'))
  const pass = async (seconds: number) => {
    clock.advance(seconds)
    await setTimeout(20) // lets jobs run
  }
  for (let tries = 0; calls.length === 0 && tries < 500; tries++) await pass(1)
  await pass(2)
  assert.equal(calls.length, 1)
  assert.equal(await isReady(), 503)
  assert.equal(lines.filter((line) => line.includes('set database.url')).length, 1)
})

test('links in mails are below the path', async () => {
  const open = { ...env, COUNTERSIGN_USERS_REGISTRATION: 'open' }
  await using auth = await createAuth({ url, mode, env: open }, { hasher: testHasher })
  const body = JSON.stringify({
    username: 'ada',
    password: 'correct horse battery',
    email: 'ada@example.com',
  })
  const headers = { 'content-type': 'application/json' }
  const request = new Request(`${url}/register`, { method: 'POST', headers, body })
  assert.equal((await auth.fetch(request)).status, 201)
  const mailbox = async () => (await auth.fetch(new Request(`${url}/mailbox`))).text()
  while (!(await mailbox()).includes(`${url}/verify-email`)) await setTimeout(100) // a job sends them each second
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
  for (const { status } of await Promise.all([ask(one), ask(two)])) assert.equal(status, 200)
  assert.equal(opens, 2)
  const route = two.guarded(undefined, (_, { subject }) => Response.json({ subject }))
  assert.equal((await route(new Request('http://localhost:4000/notes'))).status, 401)
  await (await one.auth()).close()
  Reflect.deleteProperty(globalThis, Symbol.for('@countersign/server next')) // other files of this process open their own
})

test('[24.29] in development, other machines get no answer, except through a declared proxy', async () => {
  const proxied = { ...env, COUNTERSIGN_PROXY_ADDRESSES: '192.0.2.1' }
  await using auth = await createAuth({ url, mode, env: proxied }, { hasher: testHasher })
  const statusFrom = async (address: string) =>
    (await auth.fetch(new Request(`${url}/sign-in`), { address })).status
  assert.deepEqual(
    await Promise.all(['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.0.2.1'].map(statusFrom)),
    [200, 200, 200, 200],
  )
  assert.deepEqual(
    await Promise.all(['192.0.2.7', '::ffff:10.0.0.1', '2001:db8::1'].map(statusFrom)),
    [403, 403, 403],
  )
})
