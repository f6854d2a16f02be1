import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { developmentPages, pages } from './pages.ts'
import { developmentRoutes, routes } from '../api/routes.ts'
import { addMachines } from './console/clients/machines.fixture.ts'
import { openBrowser } from './test-browser.fixture.ts'

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length

test('every page has a title, a language and one heading, cannot be cached or framed, and loads only from this server', async () => {
  await using server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'open' })
  const [guest, member] = [openBrowser(server), openBrowser(server)]
  await member.signIn()
  const users = await member.get('/console/users')
  const id = /\/console\/users\/(u_[\w-]+)/.exec(users.text)?.[1] ?? ''
  const machine = await addMachines(member)
  for (const { path: pattern, connects } of developmentPages) {
    if (pattern === '/oauth/authorize') continue // it answers requests of applications only, and its forms redirect to those
    if (pattern === '/login/with/:provider/callback') continue // it answers identity providers only
    const path = machine(pattern) ?? pattern.replace(':id', id).replace(':code', 'session_ended')
    for (const visitor of [guest, member]) {
      const seen = await visitor.get(path)
      assert.equal(seen.status, 200, path)
      assert.match(seen.text, /^<!doctype html>\s*<html lang="en">/, path)
      assert.equal(count(seen.text, /<h1[ >]/g), 1, path)
      assert.match(seen.text, /<title>[^<]+ · Countersign<\/title>/, path)
      assert.equal(count(seen.text, /<main id="main"/g), 1, path)
      assert.doesNotMatch(
        seen.text,
        / style="|<style|\son[a-z]+="|<script(?! type="module" src="\/)/,
      )
      assert.doesNotMatch(seen.text, /(?:src|href|action)="(?!\/|#)/, 'all URLs are of this site')
      const ids = [...seen.text.matchAll(/ id="([^"]*)"/g)].map(([, one]) => one)
      assert.equal(new Set(ids).size, ids.length, path)
      const { headers } = seen
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('referrer-policy'), 'same-origin')
      const policy = headers.get('content-security-policy') ?? ''
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/)
      for (const rule of [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
      ])
        assert.ok(policy.includes(rule), `${path}: ${rule}`)
      if (seen.path === path) assert.equal(policy.includes('connect-src'), connects === true, path)
    }
  }
})

test('every page and every form has a unique path, which no route has except the problem types', () => {
  for (const list of [pages, developmentPages]) {
    const twins = new Set(['/problems/:code'])
    const own = list.filter(({ path }) => !twins.has(path))
    const shown = own.map(({ path }) => `GET ${path}`)
    const sent = list.flatMap(({ forms = [] }) => forms.map(({ path }) => `POST ${path}`))
    const routed = [...routes, ...developmentRoutes].map((one) => `${one.method} ${one.path}`)
    const all = [...shown, ...sent, ...routed]
    assert.equal(new Set(all).size, all.length)
    for (const { summary } of list) assert.match(summary, /^[A-Z].*[^.]$/)
    for (const { forms = [], access } of list)
      for (const { limit, path } of forms)
        if (limit === 'changes-per-user') assert.notEqual(access, 'public', path)
  }
})

test('without `pages.enabled` there are no pages, and the routes still work', async () => {
  await using server = await testServer({ COUNTERSIGN_PAGES_ENABLED: 'no' })
  for (const path of ['/', '/sign-in', '/account', '/assets/x/style.css'])
    assert.equal((await openBrowser(server).get(path)).status, 404, path)
  assert.equal((await openBrowser(server).get('/health/ready')).status, 200)
})

test('behind a prefix every link has the prefix', async () => {
  await using server = await testServer({ COUNTERSIGN_ISSUER_URL: 'https://example.com/auth' })
  const answer = await server.fetch(new Request('http://localhost/account'))
  assert.equal(answer.headers.get('location'), '/auth/sign-in?return_to=%2Fauth%2Faccount')
  const { text } = await openBrowser(server).get('/sign-in')
  const addresses = [...text.matchAll(/(?:src|href|action)="([^"]+)"/g)].map(([, one]) => one)
  assert.ok(addresses.length > 4)
  for (const one of addresses) assert.match(String(one), /^\/auth\/|^#main$/)
})

test('assets are compressed and cached forever under their own path, and not cached under another', async () => {
  await using server = await testServer()
  const { text } = await openBrowser(server).get('/sign-in')
  const [path = ''] = /\/assets\/[\w-]+\/style\.css/.exec(text) ?? []
  const load = (at: string, coding: string) =>
    server.fetch(new Request(`http://localhost${at}`, { headers: { 'accept-encoding': coding } }))
  const [plain, zipped, packed] = await Promise.all(
    ['identity', 'gzip', 'br'].map((c) => load(path, c)),
  )
  const sizes = await Promise.all(
    [plain, zipped, packed].map(async (r) => (await r!.arrayBuffer()).byteLength),
  )
  assert.ok(sizes[0]! > sizes[1]! && sizes[1]! > sizes[2]!, String(sizes))
  assert.equal(packed?.headers.get('content-encoding'), 'br')
  assert.equal(packed?.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(packed?.headers.get('content-type'), 'text/css; charset=utf-8')
  const old = await load('/assets/another/style.css', 'br')
  assert.equal(old.status, 200)
  assert.equal(old.headers.get('cache-control'), 'no-cache')
  for (const bad of ['/assets/x/..%2fpackage.json', '/assets/x/constructor', '/assets/x/'])
    assert.equal((await load(bad, 'br')).status, 404, bad)
})

test('typed text is escaped on the page', async () => {
  await using server = await testServer()
  const evil = `"><img src=x onerror=alert(1)>'&`
  const { text, status } = await openBrowser(server).signIn(evil)
  assert.equal(status, 401)
  assert.ok(text.includes('value="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;"'))
  assert.ok(!text.includes('<img'))
})

test('an unknown path is an error page for people, and a problem document for programs', async () => {
  await using server = await testServer()
  const seen = await openBrowser(server).get('/nowhere/<b>')
  assert.equal(seen.status, 404)
  assert.match(seen.text, /<h1>Page not found<\/h1>/)
  assert.match(seen.headers.get('content-type') ?? '', /^text\/html/)
  const program = await server.fetch(new Request('http://localhost/nowhere'))
  assert.equal(program.headers.get('content-type'), 'application/problem+json')
})
