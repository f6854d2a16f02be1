// Runs what the deployment guide says about proxies: its snippets, each kind of proxy, TLS, and clients with different addresses.
import { createGuard } from '@countersign/guard'
import { inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { signInOn } from '@countersign/testing/pages'
import { freePort } from '@countersign/testing/http'
import { issuer, openProxied, proxies, type Proxied } from '@countersign/testing/proxies'

const chromium = findChromium()
const ada = { username: 'ada', password: 'correct horse battery' }
const maxPushDelay = 30_000 // milliseconds from a sign-out to a guard: some 30, more on a busy machine; a buffering proxy would hold it for a minute
const spoofedHeaders = {
  'x-forwarded-for': '203.0.113.7',
  forwarded: 'for=203.0.113.7;proto=http;host=evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  'x-real-ip': '203.0.113.7',
  'x-request-id': 'spoofed-request-id',
  traceparent: `00-${randomBytes(16).toString('hex')}-b7ad6b7169203331-01`,
}

/** Waits until something is so. */
async function eventually(holds: () => boolean | Promise<boolean>, what: string, within = 60_000) {
  for (const from = Date.now(); !(await holds()); await setTimeout(5))
    assert.ok(Date.now() - from < within, what)
}

/** Signs in, and returns the status and the token. */
async function login(ask: typeof fetch, more: Readonly<Record<string, string>> = {}, user = ada) {
  const headers = { 'content-type': 'application/json', ...more }
  const init = { method: 'POST', headers, body: JSON.stringify(user) }
  const response = await ask(`${issuer}/login`, init)
  const { token } = (await response.json()) as { readonly token?: string }
  return { status: response.status, token: String(token) }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

for (const name of proxies) {
  const program = findProgram(name)
  suite(
    `[18.24] behind ${name}, set up as the guide says`,
    { skip: !program && howToGet(name) },
    () => {
      let world: Proxied
      let metrics: number
      before(async () => {
        metrics = await freePort()
        world = await openProxied(name, String(program), {
          COUNTERSIGN_LIMITS_ATTEMPTS: '3/1h',
          COUNTERSIGN_METRICS_PORT: String(metrics),
          COUNTERSIGN_REVOCATION_HEARTBEAT: '60s', // so that no heartbeat pushes a change through a buffer
          COUNTERSIGN_TRACES_SPANS: 'on',
        })
        const roles = Array.from({ length: 32 }, (_, at) => `${'r'.repeat(60)}${at}`).join(',')
        assert.match(
          await world.command(`user add ada --roles ${roles}`, ada.password),
          /Added the user/,
        )
      })
      after(() => world[Symbol.asyncDispose]())

      test('a user signs in and sends requests, and the issuer is the https address', async () => {
        const ask = world.from('127.0.0.2')
        const { status, token } = await login(ask)
        assert.equal(status, 200)
        assert.equal(inspect(token).claims['iss'], issuer)
        const me = await ask(`${issuer}/me`, bearer(token))
        assert.equal(((await me.json()) as { readonly username: string }).username, 'ada')
        assert.match(me.headers.get('strict-transport-security') ?? '', /max-age/)
        assert.equal((await ask(`${issuer}/me`)).status, 401)
        const metadata = await ask(`${issuer}/.well-known/oauth-authorization-server`)
        assert.equal(((await metadata.json()) as { readonly issuer: string }).issuer, issuer)
      })

      test('a request without TLS is redirected to the issuer', async () => {
        const url = `http://127.0.0.1:${world.ports.plain}/sign-in`
        const headers = { host: 'auth.example.com' }
        const [answer] = (await once(get(url, { headers, agent: false }), 'response')) as [
          IncomingMessage,
        ]
        answer.resume()
        assert.equal(answer.statusCode, 308)
        assert.match(
          answer.headers.location ?? '',
          /^https:\/\/auth\.example\.com(:\d+)?\/sign-in$/,
        )
      })

      test('[G52] clients are known by their real address, whatever their headers claim', async () => {
        const ask = world.from('127.0.0.3')
        const { token } = await login(ask, spoofedHeaders)
        const sessions = await ask(`${issuer}/sessions`, bearer(token))
        assert.match(await sessions.text(), /"address":"127\.0\.0\.3"/)
        const auditLog = await world.command('audit-log list ada --json')
        const last = auditLog.slice(auditLog.lastIndexOf('"login"'))
        assert.match(last, /"address":\s*"127\.0\.0\.3"/)
        const statuses = []
        for (let at = 1; at <= 4; at++) {
          const spoofed = { 'x-forwarded-for': `198.51.100.${at}, 127.0.0.1` }
          statuses.push((await login(world.from('127.0.0.4'), spoofed)).status)
        }
        assert.deepEqual(statuses, [200, 200, 200, 429])
        assert.equal((await login(world.from('127.0.0.5'))).status, 200)
        const log = world.server.output()
        assert.ok(/"outer":"[\w-]{32,36}"/.test(log), 'the proxy gives requests an id')
        for (const claimed of [
          'spoofed-request-id',
          spoofedHeaders.traceparent.slice(3, 35),
          '203.0.113.7',
        ])
          assert.ok(!log.includes(claimed), `${claimed} is trusted`)
        assert.ok(!log.includes('proxy.addresses'), 'the log warns of nothing')
      })

      test('large valid requests and responses pass the proxy, and the server itself refuses what is too large', async () => {
        const ask = world.from('127.0.0.6')
        const headers = { 'content-type': 'application/json', origin: issuer }
        const body = JSON.stringify({ ...ada, cookies: true })
        const own = await ask(`${issuer}/login`, { method: 'POST', headers, body })
        assert.equal(own.status, 200)
        const cookies = own.headers.getSetCookie()
        assert.ok(cookies.join('').length > 3000, 'a token with many roles makes a large response')
        assert.ok(cookies.every((one) => one.startsWith('__Host-countersign_')))
        const problem = async (response: Response) => {
          assert.equal(response.headers.get('content-type'), 'application/problem+json')
          return ((await response.json()) as { readonly code: string }).code
        }
        assert.equal(
          await problem(await ask(`${issuer}/me`, bearer('x'.repeat(8190)))),
          'token_invalid',
        )
        const huge = JSON.stringify({ ...ada, more: 'x'.repeat(200_000) })
        const refused = await ask(`${issuer}/login`, { method: 'POST', headers, body: huge })
        assert.equal(await problem(refused), 'body_too_large')
      })

      test('a sign-out is pushed through it to a guard, and the server notices when the guard disconnects', async (t) => {
        const ask = world.from('127.0.0.7')
        const { token } = await login(ask)
        const following = async () => {
          const metricsText = await (await fetch(`http://localhost:${metrics}/metrics`)).text()
          return Number(/^countersign_guards_following (\d+)/m.exec(metricsText)?.[1])
        }
        using guard = createGuard({ issuer, audience: issuer, revocation: 'feed', fetch: ask })
        assert.equal((await guard.checkToken(token)).allowed, true)
        await eventually(
          () => guard.health().lists[0]?.feed === 'open',
          'the guard follows the feed',
        )
        assert.equal(await following(), 1)
        const from = performance.now()
        assert.equal(
          (await ask(`${issuer}/logout`, { method: 'POST', ...bearer(token) })).status,
          204,
        )
        await eventually(
          async () => !(await guard.checkToken(token)).allowed,
          'the guard learns of the sign-out',
          maxPushDelay,
        )
        t.diagnostic(
          `refused ${Math.round(performance.now() - from)} ms after the sign-out was sent`,
        )
        guard.close()
        await eventually(async () => (await following()) === 0, 'the connection is given back')
      })

      test(
        'a browser signs in on the page, and its cookies belong to this host only',
        { skip: chromium ? false : howToGetChromium },
        async () => {
          const there = `--host-resolver-rules=MAP auth.example.com:443 127.0.0.1:${world.ports.tls}`
          await using browser = await startBrowser(String(chromium), there)
          // The policy of the pages forbids the requests that the test sends below.
          const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true })
          const page = await context.newPage()
          await signInOn(page, issuer, ada)
          const cookies = await context.cookies()
          assert.deepEqual(cookies.map(({ name: cookie }) => cookie).toSorted(), [
            '__Host-countersign_access',
            '__Host-countersign_device',
            '__Host-countersign_refresh',
          ])
          assert.ok(cookies.every(({ secure, httpOnly }) => secure && httpOnly))
          const statuses = await page.evaluate(async () => [
            (await fetch('/me')).status,
            (await fetch('/refresh', { method: 'POST' })).status,
            (await fetch('/logout', { method: 'POST' })).status,
            (await fetch('/me')).status,
          ])
          assert.deepEqual(statuses, [200, 200, 204, 401])
        },
      )
    },
  )
}
