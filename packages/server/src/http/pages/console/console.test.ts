import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../../testing.ts'
import { pages } from '../../pages.ts'
import { surf, type Surfer } from '../surfer.fixture.ts'

const password = 'six words that never met before'

/** An administrator who has made the user ada, and ada herself. */
async function people(server: TestServer) {
  const [admin, ada] = [surf(server), surf(server)]
  await admin.signIn()
  const made = await add(admin, { username: 'ada', roles: '' })
  const id = /\/console\/users\/(u_[\w-]+)/.exec(made.path)?.[1] ?? ''
  return { admin, ada, id, made }
}

const add = (admin: Surfer, fields: Readonly<Record<string, string>>) =>
  admin.send('/console/users/add', { new_password: password, email: '', roles: '', ...fields })

test('nobody but an administrator sees the console or does anything there', async () => {
  await using server = await testServer()
  const { ada, id } = await people(server)
  const guest = surf(server)
  await ada.signIn('ada', password)
  const list = pages.filter(({ access }) => access === 'admin')
  assert.ok(list.length >= 6)
  for (const { path, forms = [] } of list) {
    const at = path.replace(':id', id)
    assert.equal((await ada.get(at)).status, 403, path)
    assert.match((await guest.get(at)).path, /^\/sign-in\?return_to=/, path)
    for (const form of forms) {
      const to = form.path.replace(':id', id)
      const fields = { password, new_password: password, from: 'x', key: 'x', session: 'x' }
      assert.equal((await ada.send(to, fields)).status, 403, form.path)
    }
  }
  assert.doesNotMatch((await ada.get('/account')).text, /href="\/console"/)
})

test('another site cannot press a button of the console', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const form of pages.flatMap(({ access, forms = [] }) => (access === 'admin' ? forms : []))) {
    const answer = await admin.send(form.path.replace(':id', id), { password }, foreign)
    assert.equal(answer.status, 403, form.path)
  }
  assert.equal((await ada.get('/account')).path, '/account', 'she is still signed in')
})

test('a user is made, found, changed, signed out, locked out, let in and deleted', async () => {
  await using server = await testServer()
  const { admin, ada, id, made } = await people(server)
  const here = `/console/users/${id}`
  assert.equal(made.path, here)
  assert.match(made.text, /The user is made/)
  assert.match((await admin.get('/console/users?name=AD')).text, /href="\/console\/users\/u_/)
  assert.match((await admin.get('/console/users?name=zz')).text, /No user name begins like this/)

  await ada.signIn('ada', password)
  assert.match((await admin.get(here)).text, /Signed in/)
  const profile = { email: 'ada@example.com', roles: 'editor, billing' }
  const changed = await admin.send(`${here}/profile`, profile)
  assert.match(changed.text, /ada@example\.com/)
  assert.match(changed.text, /class="badge">billing</)

  await admin.send(`${here}/sessions/end-all`, {})
  assert.match((await ada.get('/account')).path, /^\/sign-in/)
  await ada.signIn('ada', password)
  await admin.send(`${here}/disable`, {})
  assert.match((await ada.get('/account')).path, /^\/sign-in/)
  assert.equal((await ada.signIn('ada', password)).status, 401)
  await admin.send(`${here}/enable`, {})
  assert.equal((await ada.signIn('ada', password)).path, '/account')
  const other = 'other words that never met before'
  await admin.send(`${here}/password`, { new_password: other })
  assert.equal((await ada.signIn('ada', password)).status, 401)

  const wrong = await admin.send(`${here}/delete`, { password: 'wrong' })
  assert.match(wrong.text, /The password is wrong/)
  const gone = await admin.send(`${here}/delete`, { password: 'password' })
  assert.equal(gone.path, '/console/users')
  assert.match(gone.text, /The user is deleted/)
  assert.equal((await admin.get(here)).status, 404)
})

test('what cannot be done is told beside its field, and what was typed stays, but for the password', async () => {
  await using server = await testServer()
  const { admin, id } = await people(server)
  const taken = await add(admin, { username: 'Ada', roles: 'x' })
  assert.equal(taken.status, 409)
  assert.match(taken.text, /value="Ada"/)
  assert.match(taken.text, /id="add-user-username-fault"/)
  assert.doesNotMatch(taken.text, new RegExp(password))
  const short = await admin.send(`/console/users/${id}/password`, { new_password: 'short' })
  assert.equal(short.status, 400)
  assert.match(short.text, /id="user-password-new_password-fault"/)
  // Whoever loads that address again is on the page of the user.
  assert.equal((await admin.get(`/console/users/${id}/password`)).path, `/console/users/${id}`)
})

test('administrators do not lock out, delete or demote themselves', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  const users = await admin.get('/console/users?name=admin')
  const self = /\/console\/users\/(u_[\w-]+)/.exec(users.text)?.[0] ?? ''
  const page = await admin.get(self)
  assert.match(page.text, /This is you/)
  assert.doesNotMatch(page.text, new RegExp(`action="${self}/disable"`))
  assert.equal((await admin.send(`${self}/disable`, {})).status, 409)
  assert.equal((await admin.send(`${self}/delete`, { password: 'password' })).status, 409)
  const demoted = await admin.send(`${self}/profile`, { email: '', roles: 'user' })
  assert.equal(demoted.status, 409)
  assert.equal((await admin.get('/console')).status, 200)
})

test('lists go on from page to page by their address', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  for (let n = 0; n < 55; n++) {
    server.clock.advance(1)
    await add(admin, { username: `user-${n}` })
  }
  const names = (text: string) =>
    [...text.matchAll(/">(user-\d+|ada|admin)<\/a>/g)].map(([, n]) => n)
  const first = await admin.get('/console/users')
  const next = /href="([^"]+)"\s*>?\s*rel="next"|rel="next" href="([^"]+)"/.exec(first.text)
  assert.equal(names(first.text).length, 50)
  const second = await admin.get((next?.[1] ?? next?.[2] ?? '').replaceAll('&amp;', '&'))
  assert.equal(names(second.text).length, 7)
  assert.equal(new Set([...names(first.text), ...names(second.text)]).size, 57)
  assert.match(second.text, /To the beginning/)
  assert.equal((await admin.get('/console/users?after=nonsense')).status, 200)
  for (let n = 0; n < 51; n++) {
    server.clock.advance(1)
    await surf(server).signIn()
  }
  const sessions = await admin.get('/console/sessions')
  const older = /rel="next" href="([^"]+)"/.exec(sessions.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const count = (text: string) => [...text.matchAll(/End the session of admin/g)].length
  assert.equal(count(sessions.text), 50)
  assert.equal(count((await admin.get(older)).text), 2)
})

test('a session is ended from the list of all', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  const { text } = await admin.get('/console/sessions')
  const row = text.slice(text.indexOf(`value="${id}"`))
  const session = /name="session" value="([^"]+)"/.exec(row)?.[1] ?? ''
  await admin.send('/console/sessions/end', { user: id, session })
  assert.match((await ada.get('/account')).path, /^\/sign-in/)
})

test('keys are rotated, replaced and withdrawn by hand, the last two with the password', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  const ids = (text: string) => [...text.matchAll(/<code title="([^"]+)">/g)].map(([, id]) => id!)
  const page = await admin.get('/console/keys')
  const [standby = '', active = ''] = ids(page.text)
  assert.match(page.text, /takes over/)
  const rotated = await admin.send('/console/keys/rotate', { from: active })
  assert.match(rotated.text, /signs as soon as every cache can know it/)
  const wrong = await admin.send('/console/keys/replace', { from: active, password: 'wrong' })
  assert.match(wrong.text, /The password is wrong/)
  const replaced = await admin.send('/console/keys/replace', { from: active, password: 'password' })
  // The key that signed this very session's access token is withdrawn; its refresh token brings another.
  assert.match(replaced.text, /The next key signs now/)
  const again = await admin.send('/console/keys/replace', { from: active, password: 'password' })
  assert.match(again.text, /somebody else has just rotated/)
  const kept = await admin.send('/console/keys/withdraw', { key: standby, password: 'password' })
  assert.match(kept.text, /This key signs now/)
  const next = ids(kept.text)[0] ?? ''
  const gone = await admin.send('/console/keys/withdraw', { key: next, password: 'password' })
  assert.match(gone.text, /The key is withdrawn/)
})

test('the ledger is filtered, and verified in the background', async () => {
  await using server = await testServer()
  const { admin, id } = await people(server)
  const of = (text: string) =>
    [...text.matchAll(/<td><code>([a-z_]+)<\/code><\/td>/g)].map(([, t]) => t)
  const all = of((await admin.get('/console/ledger')).text)
  assert.ok(all.includes('login') && all.includes('key_introduced'))
  assert.deepEqual(of((await admin.get(`/console/ledger?user=${id}`)).text), ['user_registered'])
  const logins = of((await admin.get('/console/ledger?type=login')).text)
  assert.deepEqual([...new Set(logins)], ['login'])
  assert.match((await admin.get('/console/ledger?type=nonsense')).text, /No entries fit/)
  assert.match((await admin.get('/console/ledger')).text, /Nobody has looked/)
  let seen = await admin.send('/console/ledger/verify', {})
  for (let tries = 0; /Checking:/.test(seen.text) && tries < 100; tries++) {
    assert.match(seen.text, /<meta http-equiv="refresh"/)
    await new Promise((resolve) => setTimeout(resolve, 20))
    seen = await admin.get('/console/ledger')
  }
  assert.match(seen.text, /entries and 0\s+checkpoints fit/)
  assert.doesNotMatch(seen.text, /<meta http-equiv="refresh"/)
})

test('the settings in force are shown with where they come from, and no secret among them', async () => {
  const pepper = Buffer.from('planted pepper of 32 bytes, long').toString('base64')
  await using server = await testServer({ COUNTERSIGN_PASSWORDS_PEPPER: pepper })
  const { admin } = await people(server)
  const { text } = await admin.get('/console/settings')
  assert.match(
    text,
    /passwords\.pepper<\/code>[^]{0,80}\[secret\][^]{0,80}COUNTERSIGN_PASSWORDS_PEPPER/,
  )
  assert.match(text, /tokens\.lifetime<\/code>[^]{0,80}15m[^]{0,80}default/)
  assert.doesNotMatch(text, new RegExp(pepper.slice(0, 20)))
})

test('the overview counts what happened in the last hour', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  await surf(server).signIn('admin', 'wrong')
  const { text } = await admin.get('/console')
  const row = (label: string) =>
    new RegExp(`>${label}</th>\\s*<td>(\\d+)</td>\\s*<td>(\\d+)</td>`).exec(text)?.slice(1)
  assert.deepEqual(row('signed_in'), ['1', '1'])
  assert.deepEqual(row('credentials_wrong'), ['1', '1'])
  assert.match(text, /follow the feed here</)
  await admin.send('/sign-out', {})
  await admin.signIn()
  assert.match((await admin.get('/console')).text, /follow the feed here; told in \d+\.\d ms/)
  server.clock.advance(600)
  await admin.get('/account')
  const later = (await admin.get('/console')).text
  assert.match(later, />signed_in<\/th>\s*<td>0<\/td>\s*<td>2<\/td>/)
})
