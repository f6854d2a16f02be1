import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { ask, signIn } from '../api/api.fixture.ts'
import { surf, type Surfer } from './surfer.fixture.ts'

const password = 'four loose words here'
const open = { COUNTERSIGN_USERS_REGISTRATION: 'open' }

/** Makes an account on the page for it. */
async function signUp(surfer: Surfer, username = 'ada', email = '') {
  return surfer.send('/sign-up', { username, new_password: password, email })
}

test('somebody makes an account and is signed in', async () => {
  await using server = await testServer(open)
  const surfer = surf(server)
  const seen = await signUp(surfer, 'Ada', ' ada@example.com ')
  assert.equal(seen.path, '/account')
  assert.match(seen.text, /Welcome\. Your account is made/)
  assert.match(seen.text, /<h1>Ada<\/h1>/)
  assert.match(seen.text, /ada@example\.com/)
  assert.equal((await surfer.get('/sign-up')).path, '/account')
})

test('where accounts are by invitation, one makes one account and its roles', async () => {
  await using server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'invitation' })
  const guest = surf(server)
  assert.match((await guest.get('/sign-in')).text, /Have you been invited\?/)
  const missing = await signUp(guest)
  assert.equal(missing.status, 403)
  assert.match(missing.text, /id="sign-up-invitation-fault"[^]*Paste the invitation/)
  const token = await signIn(server)
  const made = await ask(server, 'POST /admin/invitations', { token, body: { roles: ['editor'] } })
  const invitation = String(made.body['invitation'])
  const fields = { username: 'ada', new_password: password, email: '' }
  const bad = await guest.send('/sign-up', { ...fields, invitation: `${invitation}x` })
  assert.match(bad.text, /id="sign-up-invitation-fault"/)
  assert.ok(!bad.text.includes(invitation), 'an invitation is secret, and does not come back')
  const seen = await guest.send('/sign-up', { ...fields, invitation })
  assert.equal(seen.path, '/account')
  assert.match(seen.text, /class="badge">editor</)
  const again = await surf(server).send('/sign-up', { ...fields, username: 'eve', invitation })
  assert.match(again.text, /id="sign-up-invitation-fault"/)
})

test('what is wrong with a new account is told beside the field, and nothing is made', async () => {
  await using server = await testServer(open)
  await signUp(surf(server), 'ada', 'ada@example.com')
  const rows = [
    [{ username: 'ADA' }, 409, 'username'],
    [{ username: ' bob' }, 400, 'username'],
    [{ new_password: 'short' }, 400, 'new_password'],
    [{ new_password: 'bob-bob-bob-bob-bob' }, 400, 'new_password'],
    [{ email: 'nobody' }, 400, 'email'],
    [{ email: 'ADA@example.com' }, 409, 'email'],
  ] as const
  for (const [change, status, field] of rows) {
    const surfer = surf(server)
    const fields = { username: 'bob', new_password: password, email: '', ...change }
    const seen = await surfer.send('/sign-up', fields)
    assert.equal(seen.status, status, JSON.stringify(change))
    assert.ok(seen.text.includes(`id="sign-up-${field}-fault"`), JSON.stringify(change))
    assert.equal(surfer.cookies.size, 0)
  }
  assert.equal((await surf(server).signIn('bob', password)).status, 401)
})

test('where the operator makes users, the page says so and its form is refused', async () => {
  await using server = await testServer()
  const seen = await surf(server).get('/sign-up')
  assert.match(seen.text, /made by whoever runs it/)
  assert.doesNotMatch(seen.text, /action="\/sign-up"/)
  assert.equal((await signUp(surf(server))).status, 403)
  assert.doesNotMatch((await surf(server).get('/sign-in')).text, /\/sign-up/)
})

test('a device is ended from another, and so are all of them, but never somebody else’s', async () => {
  await using server = await testServer(open)
  const [here, there, third, stranger] = [surf(server), surf(server), surf(server), surf(server)]
  await signUp(here)
  await there.signIn('ada', password)
  await third.signIn('ada', password)
  await stranger.signIn()
  const { text } = await here.get('/account')
  const ids = [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => String(id))
  assert.equal(ids.length, 2, 'this device is ended by signing out')
  const foreign = await stranger.send('/account/devices/end', { session: ids[0]! })
  assert.equal(foreign.status, 404)
  const ended = await here.send('/account/devices/end', { session: ids[0]! })
  assert.match(ended.text, /That device is signed out\./)
  const alive = await Promise.all(
    [there, third].map(async (one) => (await one.get('/account')).path),
  )
  assert.deepEqual(alive.toSorted(), ['/account', '/sign-in?return_to=%2Faccount'])
  const others = await here.send('/account/devices/end-others', {})
  assert.match(others.text, /All other devices are signed out\./)
  assert.doesNotMatch(others.text, /End all others/)
})

test('a password is changed by who knows it, every other device is signed out, and a bad one is told beside its field', async () => {
  await using server = await testServer(open)
  const [here, there] = [surf(server), surf(server)]
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
  assert.match(seen.text, /Your password is changed/)
  assert.match(seen.text, /A wrong current password was given/)
  assert.equal((await there.get('/account')).path, '/sign-in?return_to=%2Faccount')
  assert.equal((await surf(server).signIn('ada', password)).status, 401)
  assert.equal((await surf(server).signIn('ada', next)).path, '/account')
  const reload = await here.get('/account/password')
  assert.equal(reload.path, '/account', 'the address of a form leads back to its page')
})

test('an e-mail address is changed and removed by who knows the password', async () => {
  await using server = await testServer(open)
  const here = surf(server)
  await signUp(here)
  const set = (email: string, own = password) =>
    here.send('/account/email', { email, password: own })
  const wrong = await set('ada@example.com', 'x')
  assert.match(wrong.text, /id="email-password-fault"/)
  assert.match(wrong.text, /value="ada@example\.com"/, 'what was typed stays')
  const bad = await set('nobody')
  assert.match(bad.text, /id="email-email-fault"/)
  const good = await set('ada@example.com')
  assert.match(good.text, /Your e-mail address is saved\./)
  const none = await set('')
  assert.match(none.text, /Your e-mail address is removed\./)
  assert.doesNotMatch(none.text, /ada@example\.com/)
})

test('an account is deleted on a page of its own, with the password, and nothing is left of it', async () => {
  await using server = await testServer(open)
  const here = surf(server)
  await signUp(here)
  const wrong = await here.send('/account/delete', { password: 'x' })
  assert.equal(wrong.status, 403)
  const seen = await here.send('/account/delete', { password })
  assert.equal(seen.path, '/sign-in')
  assert.match(seen.text, /is deleted\./)
  assert.equal(here.cookies.size, 0)
  assert.equal((await surf(server).signIn('ada', password)).status, 401)
})

test('what happened is told to the one whom it happened to, and to nobody else', async () => {
  await using server = await testServer(open)
  const [ada, admin] = [surf(server), surf(server)]
  await signUp(ada)
  await surf(server).signIn('ada', 'wrong')
  const { text } = await ada.get('/account')
  assert.match(text, /Somebody tried to sign in with a wrong password/)
  assert.match(text, /Account made/)
  const seen = await admin.signIn()
  assert.doesNotMatch(seen.text, /Somebody tried/)
})
