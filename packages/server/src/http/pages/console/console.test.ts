import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../testing.ts'
import { pages } from '../pages.ts'
import { openBrowser } from '../test-browser.fixture.ts'
import { add, password, people } from './console.fixture.ts'

test('only administrators see the console or change anything there', async () => {
  await using server = await testServer()
  const { ada, id } = await people(server)
  const guest = openBrowser(server)
  await ada.signIn('ada', password)
  const list = pages.filter(({ access }) => access === 'admin')
  assert.ok(list.length >= 6)
  for (const { path, forms = [] } of list) {
    const at = path.replaceAll(/:\w+/g, id)
    assert.equal((await ada.get(at)).status, 403, path)
    assert.match((await guest.get(at)).path, /^\/sign-in\?return_to=/, path)
    for (const form of forms) {
      const to = form.path.replaceAll(/:\w+/g, id)
      const fields = { password, new_password: password, from: 'x', key: 'x', session: 'x' }
      assert.equal((await ada.send(to, fields)).status, 403, form.path)
    }
  }
  assert.doesNotMatch((await ada.get('/account')).text, /href="\/console"/)
})

test('another site cannot submit a form of the console', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const form of pages.flatMap(({ access, forms = [] }) => (access === 'admin' ? forms : []))) {
    const answer = await admin.send(form.path.replaceAll(/:\w+/g, id), { password }, foreign)
    assert.equal(answer.status, 403, form.path)
  }
  assert.equal((await ada.get('/account')).path, '/account', 'ada is still signed in')
})

test('a user is created, found, changed, signed out, disabled, enabled and deleted', async () => {
  await using server = await testServer()
  const { admin, ada, id, made } = await people(server)
  const here = `/console/users/${id}`
  assert.equal(made.path, here)
  assert.match(made.text, /The user has been created/)
  assert.match((await admin.get('/console/users?search=AD')).text, /href="\/console\/users\/u_/)
  assert.match((await admin.get('/console/users?search=zz')).text, /No matching users/)

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
  assert.match(gone.text, /The user has been deleted/)
  assert.equal((await admin.get(here)).status, 404)
})

test('errors are shown beside their fields, and what was typed is kept, except passwords', async () => {
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
  // A reload of the form's URL shows the page of the user.
  assert.equal((await admin.get(`/console/users/${id}/password`)).path, `/console/users/${id}`)
})

test('administrators cannot disable, delete or demote themselves', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  const users = await admin.get('/console/users?search=admin')
  const self = /\/console\/users\/(u_[\w-]+)/.exec(users.text)?.[0] ?? ''
  const page = await admin.get(self)
  assert.match(page.text, /This is you/)
  assert.doesNotMatch(page.text, new RegExp(`action="${self}/disable"`))
  assert.equal((await admin.send(`${self}/disable`, {})).status, 409)
  assert.equal((await admin.send(`${self}/delete`, { password: 'password' })).status, 409)
  assert.doesNotMatch(page.text, /name="new_password"|name="email"/)
  const own = { new_password: password }
  assert.equal((await admin.send(`${self}/password`, own)).status, 409)
  const moved = { email: 'eve@example.com', roles: 'admin' }
  assert.equal((await admin.send(`${self}/profile`, moved)).status, 409)
  const demoted = await admin.send(`${self}/profile`, { roles: 'user' })
  assert.equal(demoted.status, 409)
  assert.equal((await admin.get('/console')).status, 200)
})

test('the URL of a list page holds its position', async () => {
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
  assert.match(second.text, /First page/)
  assert.equal((await admin.get('/console/users?cursor=nonsense')).status, 400)
  for (let n = 0; n < 51; n++) {
    server.clock.advance(1)
    await openBrowser(server).signIn()
  }
  const sessions = await admin.get('/console/sessions')
  const older = /rel="next" href="([^"]+)"/.exec(sessions.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const count = (text: string) => [...text.matchAll(/Sign out admin/g)].length
  assert.equal(count(sessions.text), 50)
  assert.equal(count((await admin.get(older)).text), 2)
})

test('an administrator with an old sign-in can view everything, and must enter the password before a change', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  server.clock.advance(901)
  assert.equal((await admin.get(`/console/users/${id}`)).status, 200)
  for (const form of pages.flatMap(({ access, forms = [] }) => (access === 'admin' ? forms : []))) {
    if (form.allowOldSignIn) continue
    const response = await admin.send(form.path.replaceAll(/:\w+/g, id), { password })
    assert.match(response.path, /^\/account\/confirm\?return_to=%2Fconsole/, form.path)
  }
  assert.equal((await ada.get('/account')).path, '/account', 'nothing was changed')
  const back = { return_to: `/console/users/${id}` }
  const wrong = await admin.send('/account/confirm', { password: 'wrong', ...back })
  assert.match(wrong.text, /The password is wrong/)
  const again = await admin.send('/account/confirm', { password: 'password', ...back })
  assert.equal(again.path, back.return_to)
  await admin.send(`/console/users/${id}/disable`, {})
  assert.match((await ada.get('/account')).path, /^\/sign-in/)
  const evil = { password: 'password', return_to: '//evil.example' }
  assert.equal((await admin.send('/account/confirm', evil)).path, '/account')
  assert.match((await admin.send('/console/audit-log/export', {})).text, /"type":"user_disabled"/)
})

test('a session is ended from the list of all sessions', async () => {
  await using server = await testServer()
  const { admin, ada, id } = await people(server)
  await ada.signIn('ada', password)
  const { text } = await admin.get('/console/sessions')
  const row = text.slice(text.indexOf(`value="${id}"`))
  const session = /name="session" value="([^"]+)"/.exec(row)?.[1] ?? ''
  await admin.send('/console/sessions/end', { user: id, session })
  assert.match((await ada.get('/account')).path, /^\/sign-in/)
})

test('every page of users and administrators is in German for a German browser', async () => {
  await using server = await testServer()
  const { admin, id } = await people(server)
  const german = { 'accept-language': 'de', 'sec-fetch-site': 'same-origin' }
  const seen: string[] = []
  for (const { path, access } of pages) {
    if (access === 'public') continue
    const to = path.replaceAll(/:\w+/g, id)
    const { text, path: shown } = await admin.get(to, german)
    if (shown !== to) continue // a redirect: there is no such passkey, key or application
    assert.match(text, /<html lang="de">/, path)
    seen.push(path)
  }
  assert.ok(seen.length > 25, String(seen))
})
