import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../testing.ts'
import { openBrowser } from '../test-browser.fixture.ts'
import { parseMoment } from './audit-log-filter.ts'
import { people } from './console.fixture.ts'

const path = '/console/audit-log'
/** Returns the events that a page lists. */
const eventsOf = (text: string) =>
  [...text.matchAll(/role="rowheader"[^>]*>\s*<span title="([a-z_]+)"/g)].map(([, type]) => type)

test('entries are filtered by event, by the name, e-mail address or id of a user, and by time', async () => {
  await using server = await testServer()
  const { admin, id } = await people(server)
  await admin.send(`/console/users/${id}/profile`, { email: 'Ada@Example.com', roles: '' })
  const list = async (query: Readonly<Record<string, string>>) =>
    eventsOf((await admin.get(`${path}?${new URLSearchParams(query).toString()}`)).text)
  const all = await list({})
  assert.ok(all.includes('login') && all.includes('key_introduced'))
  const own = ['email_set', 'user_registered']
  for (const user of [id, 'ADA', 'ada@example.com']) assert.deepEqual(await list({ user }), own)
  assert.deepEqual(await list({ user: 'ada', type: 'email_set' }), ['email_set'])
  assert.deepEqual([...new Set(await list({ type: 'login' }))], ['login'])
  assert.match((await admin.get(`${path}?type=nonsense`)).text, /No matching entries/)
  assert.match((await admin.get(`${path}?user=grace`)).text, /No user has this name/)

  const minute = new Date(server.clock.now() * 1000).toISOString().slice(0, 16)
  server.clock.advance(3600)
  await openBrowser(server).signIn('ada', 'wrong')
  assert.deepEqual(await list({ to: minute }), all)
  const later = new Date(server.clock.now() * 1000).toISOString().slice(0, 16)
  assert.deepEqual(await list({ from: later }), ['login_refused'])
})

test('an entry shows names, words and seconds instead of ids and codes, in German too', async () => {
  await using server = await testServer()
  const { admin, ada } = await people(server)
  await ada.signIn('ada', 'six words that never met before')
  const { text } = await admin.get(path)
  assert.match(text, />Account created<[^]*?<td [^>]*data-label="Time"[^]*?\d\d:\d\d:\d\d UTC/)
  assert.match(text, />by<\/span>\s*admin/)
  assert.match(text, />with<\/span>\s*password/)
  assert.match(text, /<a [^>]*title="u_[\w-]{22}"\s*>\s*ada<\/a/)
  const german = await admin.get(path, { 'accept-language': 'de' })
  assert.match(german.text, /<html lang="de">/)
  assert.match(german.text, />Konto angelegt</)
  assert.match(german.text, />durch<\/span>\s*admin/)
})

test('the audit log is verified in the background', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  assert.match((await admin.get(path)).text, /Not verified since/)
  let seen = await admin.send(`${path}/verify`, {})
  for (let tries = 0; /Verifying:/.test(seen.text) && tries < 3000; tries++) {
    assert.match(seen.text, /<meta http-equiv="refresh"/)
    await new Promise((resolve) => setTimeout(resolve, 20))
    seen = await admin.get(path)
  }
  assert.match(seen.text, /Audit log intact: \d+ entries, (one checkpoint|\d+ checkpoints)/)
  assert.doesNotMatch(seen.text, /<meta http-equiv="refresh"/)
})

test('a day, a minute and a second are parsed with their length; nonsense is not', () => {
  assert.deepEqual(parseMoment('1970-01-02'), { at: 86_400, length: 86_400 })
  assert.deepEqual(parseMoment('1970-01-01T00:01'), { at: 60, length: 60 })
  assert.deepEqual(parseMoment('1970-01-01T00:01:05'), { at: 65, length: 1 })
  for (const text of ['', 'today', '1970-13-41', '1970-01-01T99:99'])
    assert.equal(parseMoment(text), undefined, text)
})
