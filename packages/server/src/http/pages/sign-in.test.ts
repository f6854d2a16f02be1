import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createServer } from '../../compose.ts'
import { loadConfig } from '../../config/load.ts'
import { testServer } from '../../testing.ts'
import { accessCookie, refreshCookie } from '../browser/cookies.ts'
import { fromHere, surf } from './surfer.fixture.ts'

test('somebody signs in without script, goes where they wanted to go, and signs out', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  const asked = await surfer.get('/account?x=1')
  assert.equal(asked.path, '/sign-in?return_to=%2Faccount%3Fx%3D1')
  assert.match(asked.text, /<input type="hidden" name="return_to" value="\/account\?x=1"/)
  const fields = { username: 'admin', password: 'password', return_to: '/account?x=1' }
  const seen = await surfer.send('/sign-in', fields)
  assert.equal(seen.path, '/account?x=1')
  assert.match(seen.text, /<h1>admin<\/h1>/)
  assert.deepEqual([...surfer.cookies.keys()].toSorted(), [accessCookie, refreshCookie])
  assert.equal((await surfer.get('/sign-in')).path, '/account', 'whoever is signed in need not')
  const out = await surfer.send('/sign-out', {})
  assert.equal(out.path, '/sign-in')
  assert.match(out.text, /You are signed out on this device\./)
  assert.deepEqual([...surfer.cookies.keys()], [], 'the notice is gone too, once it was shown')
})

test('who signs in anew in a browser leaves no session behind', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  await surfer.signIn()
  const headers = { authorization: `Bearer ${surfer.cookies.get(accessCookie)}` }
  const before = async () =>
    (await server.fetch(new Request('http://localhost:5000/me', { headers }))).status
  assert.equal(await before(), 200)
  await surfer.signIn('admin', 'wrong')
  assert.equal(await before(), 200)
  assert.equal((await surfer.signIn()).path, '/account')
  assert.equal(await before(), 401)
})

test('a wrong password is told beside the form; the name stays, the password does not', async () => {
  await using server = await testServer()
  const fields = { username: 'admin', password: 'canary', return_to: '/me' }
  const seen = await surf(server).send('/sign-in', fields)
  assert.equal(seen.status, 401)
  assert.match(seen.text, /role="alert"[^>]*>[^]*The user name or the password is wrong\./)
  assert.match(seen.text, /<title>Not done: Sign in/)
  assert.match(seen.text, /name="username"[^>]*value="admin"/)
  assert.match(seen.text, /name="return_to" value="\/me"/)
  assert.ok(!seen.text.includes('canary'))
})

test('[G43] after signing in nobody is led to another site', async () => {
  await using server = await testServer()
  for (const evil of [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    '/%2f/evil.example',
  ]) {
    const form = await surf(server).get(`/sign-in?return_to=${encodeURIComponent(evil)}`)
    assert.doesNotMatch(form.text, /evil/, evil)
    const seen = await surf(server).send('/sign-in', {
      username: 'admin',
      password: 'password',
      return_to: evil,
    })
    assert.equal(seen.path, '/account', evil)
    const surfer = surf(server)
    await surfer.signIn()
    const again = await surfer.get(`/sign-in?return_to=${encodeURIComponent(evil)}`)
    assert.equal(again.path, '/account', evil)
  }
})

test('a form is taken from a page of this very site alone: nobody is signed in, or out, by another one', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  await surfer.signIn()
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
      const seen = await surfer.send(path, fields, headers)
      assert.equal(seen.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.deepEqual(seen.lines, [])
      assert.match(seen.text, /did not come from a page of this very site/)
    }
  }
  assert.equal((await surfer.get('/account')).status, 200)
  const own = { origin: 'http://localhost:5000' } // a browser of before 2023
  assert.equal((await surfer.send('/sign-out', {}, own)).path, '/sign-in')
})

test('what is no form of ours is refused, and does not reach anybody', async () => {
  await using server = await testServer()
  const post = (type: string, body: string, more = {}) =>
    server.fetch(
      new Request('http://localhost:5000/sign-in', {
        method: 'POST',
        headers: { 'content-type': type, ...fromHere, ...more },
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
  const missing = await surf(server).send('/sign-in', { username: 'admin', password: '' })
  assert.equal(missing.status, 400)
  assert.match(missing.text, /id="sign-in-password-fault"/)
  assert.match(
    missing.text,
    /id="sign-in-password"[^>]*aria-describedby="sign-in-password-fault"[^>]*aria-invalid="true"/,
  )
})

test('an access token that has expired is refreshed in passing, also for two tabs at once', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  await surfer.signIn()
  const before = new Map(surfer.cookies)
  server.clock.advance(1000)
  const tabs = [surfer, surf(server)]
  for (const [name, value] of before) tabs[1]!.cookies.set(name, value)
  const seen = await Promise.all(tabs.map((tab) => tab.get('/account')))
  for (const one of seen) assert.equal(one.path, '/account')
  const [one, other] = tabs.map(({ cookies }) => cookies.get(refreshCookie))
  assert.equal(one, other, 'both were given the same successor')
  assert.notEqual(one, before.get(refreshCookie))
  assert.equal((await surfer.get('/account')).path, '/account')
})

test('whose session is over is told so, and asked to sign in; the page of an ended session is gone at once', async () => {
  await using server = await testServer()
  const [surfer, other] = [surf(server), surf(server)]
  await surfer.signIn()
  await other.signIn()
  await surfer.send('/account/devices/end-others', {})
  const seen = await other.get('/account')
  assert.equal(seen.path, '/sign-in?return_to=%2Faccount')
  assert.match(seen.text, /Your session has ended\. Sign in again to go on\./)
  assert.deepEqual([...other.cookies.keys()], [])
})

test('a session that nobody used for too long is over, although its access token is not', async () => {
  await using server = await testServer({ COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '1m' })
  const surfer = surf(server)
  await surfer.signIn()
  server.clock.advance(120)
  const seen = await surfer.get('/account')
  assert.equal(seen.path, '/sign-in?return_to=%2Faccount')
  assert.match(seen.text, /Your session has ended/)
})

test('a page says once what was done, and nothing that somebody else put into the cookie', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  for (const [text, shown] of [
    ['signed_out', true],
    ['toString', false],
    ['<b>', false],
    ['', false],
  ] as const) {
    surfer.cookies.set('__Host-countersign_notice', text)
    const { text: page } = await surfer.get('/sign-in')
    assert.equal(page.includes('class="notice"'), shown, text)
  }
})

test('a link on another site brings no refresh token, so the browser is asked to come again from here', async () => {
  await using server = await testServer()
  const surfer = surf(server)
  await surfer.signIn()
  server.clock.advance(1000)
  const refresh = surfer.cookies.get(refreshCookie) ?? ''
  surfer.cookies.clear() // the one has expired, the other is for this site alone
  const crossed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const seen = await surfer.get('/account?a=%22', crossed)
  assert.equal(seen.status, 200)
  assert.match(seen.text, /<meta http-equiv="refresh" content="0; url=\/account\?a=%22"/)
  surfer.cookies.set(refreshCookie, refresh)
  const again = await surfer.get('/account?a=%22', fromHere)
  assert.match(again.text, /<h1>admin<\/h1>/)
})

test('guesses are slowed down here as they are at /login, and the page says for how long', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '2' })
  const surfer = surf(server, undefined, { address: '192.0.2.1' })
  for (let left = 3; left > 0; left--) await surfer.signIn('admin', 'wrong')
  const seen = await surfer.signIn()
  assert.equal(seen.status, 429)
  assert.ok(Number(seen.headers.get('retry-after')) >= 1)
  assert.match(seen.text, /Try again in (a second|\d+ seconds)\./)
})

test('in production the page says how the first user is made, and never the sample user', async () => {
  const env = {
    COUNTERSIGN_DATABASE_URL: 'sqlite::memory:',
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  await using server = await createServer(loadConfig({ mode: 'production', env }))
  const seen = await surf(server, 'https://auth.example.com').get('/')
  assert.equal(seen.path, '/sign-in')
  assert.match(seen.text, /countersign user add ada/)
  assert.doesNotMatch(seen.text, /<code>password<\/code>/)
})
