import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../testing.ts'
import { request, signIn } from '../../api/api.fixture.ts'
import { openBrowser, type TestBrowser } from '../test-browser.fixture.ts'

const password = 'four loose words here'
const open = { COUNTERSIGN_USERS_REGISTRATION: 'open' }

/** Creates an account on the sign-up page. */
async function signUp(browser: TestBrowser, username = 'ada', email = '') {
  return browser.send('/sign-up', { username, new_password: password, email })
}

test('a visitor creates an account and is signed in', async () => {
  await using server = await testServer(open)
  const browser = openBrowser(server)
  const seen = await signUp(browser, 'Ada', ' ada@example.com ')
  assert.equal(seen.path, '/account')
  assert.match(seen.text, /Welcome\. Your account has been created/)
  assert.match(seen.text, /<h1>Ada<\/h1>/)
  assert.match(seen.text, /ada@example\.com/)
  assert.equal((await browser.get('/sign-up')).path, '/account')
})

test('if registration is by invitation, an invitation creates one account with its roles', async () => {
  await using server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
  const guest = openBrowser(server)
  assert.match((await guest.get('/sign-in')).text, /Have you been invited\?/)
  const missing = await signUp(guest)
  assert.equal(missing.status, 403)
  assert.match(missing.text, /id="sign-up-invitation-fault"[^]*Enter the invitation/)
  const token = await signIn(server)
  const made = await request(server, 'POST /admin/invitations', {
    token,
    body: { roles: ['editor'] },
  })
  const invitation = String(made.body['invitation'])
  const fields = { username: 'ada', new_password: password, email: '' }
  const bad = await guest.send('/sign-up', { ...fields, invitation: `${invitation}x` })
  assert.match(bad.text, /id="sign-up-invitation-fault"/)
  assert.ok(!bad.text.includes(invitation), 'an invitation is secret, and is not echoed')
  const seen = await guest.send('/sign-up', { ...fields, invitation })
  assert.equal(seen.path, '/account')
  assert.match(seen.text, /class="badge">editor</)
  const again = await openBrowser(server).send('/sign-up', {
    ...fields,
    username: 'eve',
    invitation,
  })
  assert.match(again.text, /id="sign-up-invitation-fault"/)
})

test('the errors of a new account are shown beside their fields, and no account is created', async () => {
  await using server = await testServer(open)
  await signUp(openBrowser(server), 'ada', 'ada@example.com')
  const rows = [
    [{ username: 'ADA' }, 409, 'username'],
    [{ username: ' bob' }, 400, 'username'],
    [{ new_password: 'short' }, 400, 'new_password'],
    [{ new_password: 'bob-bob-bob-bob-bob' }, 400, 'new_password'],
    [{ email: 'no-address' }, 400, 'email'],
    [{ email: 'ADA@example.com' }, 409, 'email'],
  ] as const
  for (const [change, status, field] of rows) {
    const browser = openBrowser(server)
    const fields = { username: 'bob', new_password: password, email: '', ...change }
    const seen = await browser.send('/sign-up', fields)
    assert.equal(seen.status, status, JSON.stringify(change))
    assert.ok(seen.text.includes(`id="sign-up-${field}-fault"`), JSON.stringify(change))
    assert.equal(browser.cookies.size, 0)
  }
  assert.equal((await openBrowser(server).signIn('bob', password)).status, 401)
})

test('if registration is closed, the page says so and its form is refused', async () => {
  await using server = await testServer()
  const seen = await openBrowser(server).get('/sign-up')
  assert.match(seen.text, /The operator of this server creates its accounts/)
  assert.doesNotMatch(seen.text, /action="\/sign-up"/)
  assert.equal((await signUp(openBrowser(server))).status, 403)
  assert.doesNotMatch((await openBrowser(server).get('/sign-in')).text, /\/sign-up/)
})

test('a user signs out one device or all others, but never those of another user', async () => {
  await using server = await testServer(open)
  const [here, there, third, stranger] = [
    openBrowser(server),
    openBrowser(server),
    openBrowser(server),
    openBrowser(server),
  ]
  await signUp(here)
  await there.signIn('ada', password)
  await third.signIn('ada', password)
  await stranger.signIn()
  const { text } = await here.get('/account')
  const ids = [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => String(id))
  assert.equal(ids.length, 2, 'this device has the sign-out button instead')
  const foreign = await stranger.send('/account/devices/end', { session: ids[0]! })
  assert.equal(foreign.status, 404)
  const ended = await here.send('/account/devices/end', { session: ids[0]! })
  assert.match(ended.text, /The device is signed out\./)
  const alive = await Promise.all(
    [there, third].map(async (one) => (await one.get('/account')).path),
  )
  assert.deepEqual(alive.toSorted(), ['/account', '/sign-in?return_to=%2Faccount'])
  const others = await here.send('/account/devices/end-others', {})
  assert.match(others.text, /All other devices are signed out\./)
  assert.doesNotMatch(others.text, /Sign out other devices/)
})

test('a password change requires the current one and signs out other devices; a bad password is shown beside its field', async () => {
  await using server = await testServer(open)
  const [here, there] = [openBrowser(server), openBrowser(server)]
  await signUp(here)
  await there.signIn('ada', password)
  const next = 'several other words there'
  const change = (current_password: string, new_password: string) =>
    here.send('/account/password', { current_password, new_password })
  const wrong = await change('canary', next)
  assert.equal(wrong.status, 403)
  assert.match(wrong.text, /id="password-current_password-fault"/)
  assert.match(wrong.text, /<details open>/)
  assert.ok(!wrong.text.includes('canary') && !wrong.text.includes(next))
  const weak = await change(password, 'password12345678')
  assert.match(weak.text, /id="password-new_password-fault"/)
  const seen = await change(password, next)
  assert.equal(seen.path, '/account')
  assert.match(seen.text, /Your password has been changed/)
  assert.match(seen.text, /Wrong current password/)
  assert.equal((await there.get('/account')).path, '/sign-in?return_to=%2Faccount')
  assert.equal((await openBrowser(server).signIn('ada', password)).status, 401)
  assert.equal((await openBrowser(server).signIn('ada', next)).path, '/account')
  const reload = await here.get('/account/password')
  assert.equal(reload.path, '/account', 'the URL of a form redirects to its page')
})

test('changing or removing the e-mail address requires the password', async () => {
  await using server = await testServer(open)
  const here = openBrowser(server)
  await signUp(here)
  const set = (email: string, own = password) =>
    here.send('/account/email', { email, password: own })
  const wrong = await set('ada@example.com', 'x')
  assert.match(wrong.text, /id="email-password-fault"/)
  assert.match(wrong.text, /value="ada@example\.com"/, 'what was typed is kept')
  const bad = await set('no-address')
  assert.match(bad.text, /id="email-email-fault"/)
  const good = await set('ada@example.com')
  assert.match(good.text, /Verify your e-mail address/)
  const none = await set('')
  assert.match(none.text, /Your e-mail address is removed\./)
  assert.doesNotMatch(none.text, /ada@example\.com/)
})

test('deleting an account requires the password, and leaves nothing of it', async () => {
  await using server = await testServer(open)
  const here = openBrowser(server)
  await signUp(here)
  const wrong = await here.send('/account/delete', { password: 'x' })
  assert.equal(wrong.status, 403)
  const seen = await here.send('/account/delete', { password })
  assert.equal(seen.path, '/sign-in')
  assert.match(seen.text, /have been deleted\./)
  const left = [...here.cookies.keys()]
  assert.deepEqual(
    left,
    ['countersign_asking', 'countersign_device'],
    'random values that name no user',
  )
  assert.equal((await openBrowser(server).signIn('ada', password)).status, 401)
})

test('a user sees the events of their own account only', async () => {
  await using server = await testServer(open)
  const [ada, admin] = [openBrowser(server), openBrowser(server)]
  await signUp(ada)
  await openBrowser(server).signIn('ada', 'wrong')
  const { text } = await ada.get('/account')
  assert.match(text, /Failed sign-in/)
  assert.match(text, /Account created/)
  const seen = await admin.signIn()
  assert.doesNotMatch(seen.text, /Failed sign-in/)
})
