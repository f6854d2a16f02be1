import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cookieNamesOf } from '@countersign/guard'
import { password, request, signIn, withAda } from '../../api/api.fixture.ts'
import { enrolled } from '../../api/factors.fixture.ts'
import { addPasskeyTo } from '../../api/passkeys.fixture.ts'
import { accessCookie, openBrowser } from '../test-browser.fixture.ts'

const { signIn: pendingCookie } = cookieNamesOf('http://localhost:5000')
const wrongCode = (right: string) => (right === '000000' ? '000001' : '000000')

test('[22.50] a user signs in on the pages with the password and a code; no address holds the secret between', async () => {
  const { server, code } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  const fields = { username: 'ada', password, return_to: '/account?x=1' }
  const asked = await browser.send('/sign-in', fields)
  assert.equal(asked.path, '/sign-in/factor?return_to=%2Faccount%3Fx%3D1')
  assert.equal(asked.status, 200)
  const pending = browser.cookies.get(pendingCookie) ?? ''
  assert.match(pending, /^[\w-]{43}$/)
  assert.ok(!asked.text.includes(pending))
  const line = asked.lines.find((one) => one.startsWith(pendingCookie)) ?? ''
  assert.match(line, /Max-Age=600;.*HttpOnly; SameSite=Strict/)
  assert.equal((await browser.get('/account')).path, '/sign-in?return_to=%2Faccount')

  const right = code()
  const back = { return_to: '/account?x=1' }
  const wrong = await browser.send('/sign-in/factor', { code: wrongCode(right), ...back })
  assert.equal(wrong.status, 403)
  assert.match(wrong.text, /id="factor-code-fault"/)
  assert.match(wrong.text, /name="return_to" value="\/account\?x=1"/)
  const seen = await browser.send('/sign-in/factor', { code: ` ${right} `, ...back })
  assert.equal(seen.path, '/account?x=1')
  assert.match(seen.text, /<h1>ada<\/h1>/)
  assert.ok(browser.cookies.has(accessCookie))
  assert.ok(!browser.cookies.has(pendingCookie), 'the sign-in is complete')
})

test('a recovery code signs in on the pages once', async () => {
  const { server, recoveryCodes } = await enrolled()
  await using _ = server
  const recovery_code = recoveryCodes[0] ?? ''
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const seen = await browser.send('/sign-in/factor/recovery-code', { recovery_code })
  assert.equal(seen.path, '/account')
  const other = openBrowser(server)
  await other.signIn('ada', password)
  const again = await other.send('/sign-in/factor/recovery-code', { recovery_code })
  assert.equal(again.status, 403)
  assert.match(again.text, /<details\s+open>/)
  assert.match(again.text, /The recovery code is wrong or already used\./)
  assert.equal((await other.get('/account')).path, '/sign-in?return_to=%2Faccount')
})

test('[22.51] after five wrong codes, or ten minutes, the sign-in begins again', async () => {
  const { server, code } = await enrolled({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '20' })
  await using _ = server
  const browser = openBrowser(server)
  const begin = { username: 'ada', password, return_to: '/account?x=1' }
  const back = { return_to: '/account?x=1' }
  const over = '/sign-in?return_to=%2Faccount%3Fx%3D1'
  await browser.send('/sign-in', begin)
  const right = code()
  const wrong = { code: wrongCode(right), ...back }
  for (let left = 4; left > 0; left--)
    assert.equal((await browser.send('/sign-in/factor', wrong)).status, 403)
  const fifth = await browser.send('/sign-in/factor', wrong)
  assert.equal(fifth.path, over)
  assert.match(fifth.text, /This sign-in has ended/)
  assert.equal((await browser.send('/sign-in/factor', { code: right, ...back })).path, over)

  const late = openBrowser(server)
  await late.send('/sign-in', begin)
  server.clock.advance(601)
  assert.equal((await late.get('/sign-in/factor')).path, '/sign-in')
})

test('without a sign-in that waits, the second step is no page of its own', async () => {
  const { server } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  assert.equal((await browser.get('/sign-in/factor')).path, '/sign-in')
  assert.equal((await browser.send('/sign-in/factor', { code: '123456' })).path, '/sign-in')
  browser.cookies.set(pendingCookie, 'a'.repeat(43))
  assert.equal((await browser.get('/sign-in/factor?return_to=//evil.example')).path, '/sign-in')
})

test('the second step is in German for a browser that prefers it', async () => {
  const { server, code } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const german = { 'accept-language': 'de' }
  const seen = await browser.get('/sign-in/factor', german)
  assert.match(seen.text, /<html lang="de">/)
  assert.match(seen.text, /Zweiter Schritt/)
  const done = await browser.send('/sign-in/factor', { code: code() })
  assert.equal(done.path, '/account')
})

test('[22.52] an administrator with a factor proves it, and not the password, before a change after a while', async () => {
  const { server, code, id, recoveryCodes } = await enrolled()
  await using _ = server
  const admin = await signIn(server)
  const roles = { body: { roles: ['admin'] }, token: admin }
  assert.equal((await request(server, `PATCH /admin/users/${id}`, roles)).status, 200)
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  await browser.send('/sign-in/factor', { code: code() })
  server.clock.advance(901)
  const asked = await browser.send('/console/resources/set', {})
  assert.equal(asked.path, '/account/confirm?return_to=%2Fconsole%2Fresources')
  assert.doesNotMatch(asked.text, /type="password"/)
  const back = { return_to: '/console/resources' }
  const byPassword = await browser.send('/account/confirm', { password, ...back })
  assert.match(byPassword.path, /^\/account\/confirm/)
  const wrong = { code: wrongCode(code()), ...back }
  assert.match((await browser.send('/account/confirm/code', wrong)).text, /confirm-code-code-fault/)
  const right = { code: code(), ...back }
  assert.equal((await browser.send('/account/confirm/code', right)).path, '/console/resources')

  server.clock.advance(901)
  const recovery = { recovery_code: recoveryCodes[0] ?? '', ...back }
  const recovered = await browser.send('/account/confirm/recovery-code', recovery)
  assert.equal(recovered.path, '/console/resources')
})

test('[22.93] a page that makes a challenge each time that it is opened does so 20 times for one sign-in', async () => {
  const { server, id } = await withAda()
  await using _ = server
  await addPasskeyTo(server, { token: await signIn(server, 'ada', password), id })
  const browser = openBrowser(server)
  assert.equal((await browser.signIn('ada', password)).path, '/sign-in/factor')
  const statuses: number[] = []
  for (let at = 0; at < 25; at++) statuses.push((await browser.get('/sign-in/factor')).status)
  assert.deepEqual([statuses.indexOf(429), statuses.lastIndexOf(200)], [19, 18])
  server.clock.advance(60)
  assert.equal((await browser.get('/sign-in/factor')).status, 200)
})
