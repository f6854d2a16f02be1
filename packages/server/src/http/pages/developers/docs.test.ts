import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../../testing.ts'
import { request } from '../../api/api.fixture.ts'
import { callerFailures } from '../../pipeline/route-failures.ts'
import { routes } from '../../api/routes.ts'

/** Opens a path as a browser. */
async function visit(server: TestServer, path: string) {
  const headers = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }
  const response = await server.fetch(new Request(`http://localhost:5000${path}`, { headers }))
  return { response, text: await response.text() }
}

test('[18.25] the problem of a missing token names both statuses that this server gives it', async () => {
  await using server = await testServer()
  const { body } = await request(server, 'GET /problems/token_missing')
  assert.equal(body['status'], (await request(server, 'GET /me')).status)
  const { status } = await request(server, 'GET /protected')
  assert.ok(
    String(body['advice']).includes(`${status} at \`GET /protected\``),
    String(body['advice']),
  )
})

test('[18.25] a browser that opens /login gets to the sign-in page, and a program learns the method', async () => {
  for (const path of ['', '/auth']) {
    await using server = await testServer({
      COUNTERSIGN_ISSUER_URL: `http://localhost:5000${path}`,
    })
    const { response } = await visit(server, `/login`)
    assert.deepEqual([response.status, response.headers.get('location')], [303, `${path}/sign-in`])
    const { status, headers } = await request(server, 'GET /login')
    assert.deepEqual([status, headers.get('allow')], [405, 'POST, OPTIONS'])
  }
})

test('the type of every problem is a URL with a page that says what to do, and with the same as JSON', async () => {
  await using server = await testServer()
  assert.ok(callerFailures.size > 50)
  for (const [code, { status, message }] of callerFailures) {
    const { body, headers } = await request(server, `GET /problems/${code}`)
    assert.equal(headers.get('content-type'), 'application/json')
    const { advice, ...rest } = body
    const type = `http://localhost:5000/problems/${code}`
    assert.deepEqual(rest, { type, code, status, title: message })
    assert.match(String(advice), /^[A-Z].*\.$/, code)
  }
  const { response, text } = await visit(server, '/problems/session_ended')
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(text, /The session was ended/)
  assert.match(text, /<a href="\/docs#post-refresh"\s*>/)
  for (const path of ['/problems/nothing', '/problems/toString', '/problems/setting_unknown']) {
    assert.equal((await request(server, `GET ${path}`)).code, 'route_unknown')
    assert.equal((await visit(server, path)).response.status, 404)
  }
})

test('the type of a problem that a caller gets can be resolved', async () => {
  await using server = await testServer()
  const { body } = await request(server, 'GET /me')
  const { pathname } = new URL(String(body['type']))
  assert.equal((await request(server, `GET ${pathname}`)).body['code'], 'token_missing')
})

test('the reference shows every route, loads nothing from other origins and has no inline scripts', async () => {
  await using server = await testServer()
  const { response, text } = await visit(server, '/docs')
  assert.equal(response.status, 200)
  const policy = response.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe|https?:|\*/)
  for (const { method, path } of routes)
    assert.ok(text.includes(`<h2><code>${method} ${path}</code></h2>`), path)
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const [, target = ''] of text.matchAll(/ href="#([^"]+)"/g)) assert.ok(ids.includes(target))
  for (const [, address = ''] of text.matchAll(/ (?:href|src)="([^"]+)"/g))
    assert.match(address, /^[/#]/)
  assert.ok(text.includes('with <code>cookies</code> they are set as cookies'))
  assert.doesNotMatch(text, /`/)
  assert.doesNotMatch(text, / style="|<style|<script(?! type="module" src)/)
})

test('each route has its command, as a shell runs it, and in development a form that sends a request', async () => {
  await using server = await testServer()
  const { response, text } = await visit(server, '/docs')
  assert.equal((text.match(/<pre class="wrap"[^>]*><code>curl /g) ?? []).length, routes.length)
  assert.match(
    text,
    /curl -X POST &#39;http:\/\/localhost:5000\/login&#39; \\\n {2}-H &#39;Content-Type: application\/json&#39; \\\n {2}-d &#39;\{&quot;username&quot;/,
  )
  assert.match(
    text,
    /curl &#39;http:\/\/localhost:5000\/me&#39; \\\n {2}-H &quot;Authorization: Bearer \$TOKEN&quot;</,
  )
  assert.equal((text.match(/class="trial"/g) ?? []).length, routes.length)
  assert.match(String(response.headers.get('content-security-policy')), /connect-src 'self'/)
})

test('problems are shown without literal backticks, and in German for a German browser', async () => {
  await using server = await testServer()
  for (const code of callerFailures.keys()) {
    const { text } = await visit(server, `/problems/${code}`)
    assert.ok(!text.slice(text.indexOf('<main')).includes('`'), code)
  }
  const headers = { accept: 'text/html', 'accept-language': 'de', 'sec-fetch-mode': 'navigate' }
  const missing = await server.fetch(new Request('http://localhost:5000/nowhere', { headers }))
  assert.equal(missing.status, 404)
  assert.match(await missing.text(), /<html lang="de">[^]*Seite nicht gefunden[^]*Zur Startseite/)
})
