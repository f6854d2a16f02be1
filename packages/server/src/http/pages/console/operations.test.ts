import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../testing.ts'
import { openBrowser } from '../test-browser.fixture.ts'
import { people } from './console.fixture.ts'

test('keys are rotated, replaced and revoked manually, the last two with the password', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  const ids = (text: string) => [...text.matchAll(/<code title="([^"]+)">/g)].map(([, id]) => id!)
  const page = await admin.get('/console/keys')
  const [standby = '', active = ''] = ids(page.text)
  assert.match(page.text, /takes over/)
  const rotated = await admin.send('/console/keys/rotate', { from: active })
  assert.match(rotated.text, /will sign as soon as every cache can know it/)
  const wrong = await admin.send('/console/keys/replace', { from: active, password: 'wrong' })
  assert.match(wrong.text, /The password is wrong/)
  const replaced = await admin.send('/console/keys/replace', { from: active, password: 'password' })
  // The key of this session's access token is revoked; the refresh token gets a new one.
  assert.match(replaced.text, /The next key signs now/)
  const again = await admin.send('/console/keys/replace', { from: active, password: 'password' })
  assert.match(again.text, /the keys were rotated a moment ago/)
  const kept = await admin.send('/console/keys/revoke', { key: standby, password: 'password' })
  assert.match(kept.text, /This is the active key/)
  const next = ids(kept.text)[0] ?? ''
  const gone = await admin.send('/console/keys/revoke', { key: next, password: 'password' })
  assert.match(gone.text, /The key has been revoked/)
})

test('the effective settings are shown with their sources, without secrets', async () => {
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

test('the overview counts the events of the last hour', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  await openBrowser(server).signIn('admin', 'wrong')
  const { text } = await admin.get('/console')
  const row = (label: string) =>
    new RegExp(`>${label}</th>\\s*<td[^>]*>(\\d+)</td>\\s*<td[^>]*>(\\d+)</td>`)
      .exec(text)
      ?.slice(1)
  assert.deepEqual(row('signed_in'), ['1', '1'])
  assert.deepEqual(row('credentials_wrong'), ['1', '1'])
  assert.match(text, /on this process’s feed</)
  await admin.send('/sign-out', {})
  await admin.signIn()
  assert.match(
    (await admin.get('/console')).text,
    /on this process’s feed; notified within \d+\.\d ms/,
  )
  server.clock.advance(600)
  await admin.get('/account')
  const later = (await admin.get('/console')).text
  assert.match(later, />signed_in<\/th>\s*<td[^>]*>0<\/td>\s*<td[^>]*>2<\/td>/)
})
