import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createServer } from '../../../compose.ts'
import { loadConfig } from '../../../config/load.ts'
import { testServer } from '../../../testing.ts'
import {
  accessCookie,
  deviceCookie,
  noticeCookie,
  refreshCookie,
  sameOrigin,
  openBrowser,
} from '../test-browser.fixture.ts'

test('a user signs in without JavaScript, reaches the page that they requested, and signs out', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  const asked = await browser.get('/account?x=1')
  assert.equal(asked.path, '/sign-in?return_to=%2Faccount%3Fx%3D1')
  assert.match(asked.text, /<input type="hidden" name="return_to" value="\/account\?x=1"/)
  const fields = { username: 'admin', password: 'password', return_to: '/account?x=1' }
  const seen = await browser.send('/sign-in', fields)
  assert.equal(seen.path, '/account?x=1')
  assert.match(seen.text, /<h1>admin<\/h1>/)
  assert.deepEqual([...browser.cookies.keys()].toSorted(), [
    accessCookie,
    deviceCookie,
    refreshCookie,
  ])
  assert.equal(
    (await browser.get('/sign-in')).path,
    '/account',
    'a signed-in user need not sign in',
  )
  const out = await browser.send('/sign-out', {})
  assert.equal(out.path, '/sign-in')
  assert.match(out.text, /You are signed out on this device\./)
  assert.deepEqual(
    [...browser.cookies.keys()],
    [deviceCookie],
    'the flash message is deleted once it was shown',
  )
})

test('signing in again in a browser ends its earlier session', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  await browser.signIn()
  const headers = { authorization: `Bearer ${browser.cookies.get(accessCookie)}` }
  const before = async () =>
    (await server.fetch(new Request('http://localhost:5000/me', { headers }))).status
  assert.equal(await before(), 200)
  await browser.signIn('admin', 'wrong')
  assert.equal(await before(), 200)
  assert.equal((await browser.signIn()).path, '/account')
  assert.equal(await before(), 401)
})

test('a wrong password is shown as an error; the user name is kept, the password is not', async () => {
  await using server = await testServer()
  const fields = { username: 'admin', password: 'canary', return_to: '/me' }
  const seen = await openBrowser(server).send('/sign-in', fields)
  assert.equal(seen.status, 401)
  assert.match(seen.text, /role="alert"[^>]*>[^]*The user name or the password is wrong\./)
  assert.match(seen.text, /<title>Error: Sign in/)
  assert.match(seen.text, /name="username"[^>]*value="admin"/)
  assert.match(seen.text, /name="return_to" value="\/me"/)
  assert.ok(!seen.text.includes('canary'))
})

test('[G43] signing in never redirects to another site', async () => {
  await using server = await testServer()
  for (const evil of [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    '/%2f/evil.example',
  ]) {
    const form = await openBrowser(server).get(`/sign-in?return_to=${encodeURIComponent(evil)}`)
    assert.doesNotMatch(form.text, /evil/, evil)
    const seen = await openBrowser(server).send('/sign-in', {
      username: 'admin',
      password: 'password',
      return_to: evil,
    })
    assert.equal(seen.path, '/account', evil)
    const browser = openBrowser(server)
    await browser.signIn()
    const again = await browser.get(`/sign-in?return_to=${encodeURIComponent(evil)}`)
    assert.equal(again.path, '/account', evil)
  }
})

test('a form is accepted from pages of this site only: another site can sign no user in or out', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  await browser.signIn()
  const elsewhere = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://other.localhost:5000' },
    { 'sec-fetch-site': 'cross-site', origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:5001' },
    { origin: 'null' },
    {},
  ]
  for (const headers of elsewhere) {
    for (const path of [
      '/sign-in',
      '/sign-out',
      '/account/devices/end-others',
      '/account/delete',
    ]) {
      const fields = { username: 'admin', password: 'password' }
      const seen = await browser.send(path, fields, headers)
      assert.equal(seen.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.deepEqual(seen.lines, [])
      assert.match(seen.text, /was not sent from a page of this site/)
    }
  }
  assert.equal((await browser.get('/account')).status, 200)
  const own = { origin: 'http://localhost:5000' } // a browser of before 2023
  assert.equal((await browser.send('/sign-out', {}, own)).path, '/sign-in')
})

test('a malformed form is refused', async () => {
  await using server = await testServer()
  const post = (type: string, body: string, more = {}) =>
    server.fetch(
      new Request('http://localhost:5000/sign-in', {
        method: 'POST',
        headers: { 'content-type': type, ...sameOrigin, ...more },
        body,
      }),
    )
  const form = 'application/x-www-form-urlencoded'
  for (const [type, body, code] of [
    ['text/plain', 'username=a&password=b', 'form_unreadable'],
    ['application/json', '{"username":"a"}', 'form_unreadable'],
    [form, 'username=a&username=b&password=c', 'form_unreadable'],
    [form, 'username=%ff&password=c', 'form_unreadable'],
    [form, `username=${'a'.repeat(70_000)}`, 'body_too_large'],
  ] as const) {
    const answer = await post(type, body)
    assert.equal(((await answer.json()) as { code: string }).code, code, body.slice(0, 40))
  }
  const packed = await post(form, 'username=a&password=b', { 'content-encoding': 'gzip' })
  assert.equal(packed.status, 400)
  const missing = await openBrowser(server).send('/sign-in', { username: 'admin', password: '' })
  assert.equal(missing.status, 400)
  assert.match(missing.text, /id="sign-in-password-fault"/)
  assert.match(
    missing.text,
    /id="sign-in-password"[^>]*aria-describedby="sign-in-password-fault"[^>]*aria-invalid="true"/,
  )
})

test('an expired access token is refreshed by the page, also for two tabs at once', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  await browser.signIn()
  const before = new Map(browser.cookies)
  server.clock.advance(1000)
  const tabs = [browser, openBrowser(server)]
  for (const [name, value] of before) tabs[1]!.cookies.set(name, value)
  const seen = await Promise.all(tabs.map((tab) => tab.get('/account')))
  for (const one of seen) assert.equal(one.path, '/account')
  const [one, other] = tabs.map(({ cookies }) => cookies.get(refreshCookie))
  assert.equal(one, other, 'both have the same successor')
  assert.notEqual(one, before.get(refreshCookie))
  assert.equal((await browser.get('/account')).path, '/account')
})

test('a visitor whose session has ended sees a notice on the sign-in page, and no page of the session', async () => {
  await using server = await testServer()
  const [browser, other] = [openBrowser(server), openBrowser(server)]
  await browser.signIn()
  await other.signIn()
  await browser.send('/account/devices/end-others', {})
  const seen = await other.get('/account')
  assert.equal(seen.path, '/sign-in?return_to=%2Faccount')
  assert.match(seen.text, /Your session has ended\. Sign in again to continue\./)
  assert.deepEqual([...other.cookies.keys()], [deviceCookie])
})

test('an idle session has ended although its access token has not expired', async () => {
  await using server = await testServer({ COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '1m' })
  const browser = openBrowser(server)
  await browser.signIn()
  server.clock.advance(120)
  const seen = await browser.get('/account')
  assert.equal(seen.path, '/sign-in?return_to=%2Faccount')
  assert.match(seen.text, /Your session has ended/)
})

test('a page shows a flash message once, and no other text from the cookie', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  for (const [text, shown] of [
    ['signed_out', true],
    ['toString', false],
    ['<b>', false],
    ['', false],
  ] as const) {
    browser.cookies.set(noticeCookie, text)
    const { text: page } = await browser.get('/sign-in')
    assert.equal(page.includes('class="notice"'), shown, text)
  }
})

test('a link on another site sends no refresh cookie, so the browser is sent to the same URL once more', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  await browser.signIn()
  server.clock.advance(1000)
  const refresh = browser.cookies.get(refreshCookie) ?? ''
  browser.cookies.clear() // the one has expired, the other is for this site alone
  const crossed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const seen = await browser.get('/account?a=%22', crossed)
  assert.equal(seen.status, 200)
  assert.match(seen.text, /<meta http-equiv="refresh" content="0; url=\/account\?a=%22"/)
  browser.cookies.set(refreshCookie, refresh)
  const again = await browser.get('/account?a=%22', sameOrigin)
  assert.match(again.text, /<h1>admin<\/h1>/)
})

test('sign-in attempts are delayed as at /login, and the page shows for how long', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '2' })
  const browser = openBrowser(server, undefined, { address: '192.0.2.1' })
  for (let left = 3; left > 0; left--) await browser.signIn('admin', 'wrong')
  const seen = await browser.signIn()
  assert.equal(seen.status, 429)
  assert.ok(Number(seen.headers.get('retry-after')) >= 1)
  assert.match(seen.text, /Try again in (a second|\d+ seconds)\./)
})

test('in production the page shows how to create the first user, and never the sample user', async () => {
  const env = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  await using server = await createServer(loadConfig({ mode: 'production', env }))
  const seen = await openBrowser(server, 'https://auth.example.com').get('/')
  assert.equal(seen.path, '/sign-in')
  assert.match(seen.text, /countersign user add ada/)
  assert.doesNotMatch(seen.text, /<code>password<\/code>/)
})
