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

test('the effective settings are shown with their sources, those that were changed first, without secrets', async () => {
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
  assert.ok(text.indexOf('passwords.pepper') < text.indexOf('Settings with their default'))
  assert.ok(text.indexOf('tokens.lifetime') > text.indexOf('Settings with their default'))
  server.clock.advance(3 * 86_400 + 7260)
  await admin.signIn()
  const later = (await admin.get('/console/settings')).text
  assert.match(later, /Countersign \d+\.\d+\.\d+[^]*\(3 d 2 h 1 min\)/)
})

test('the overview counts the sign-ins and failures of today and of the last hour, each with a link', async () => {
  await using server = await testServer()
  const { admin } = await people(server)
  await openBrowser(server).signIn('admin', 'wrong')
  const { text } = await admin.get('/console')
  const rowOf = (code: string, page: string) =>
    new RegExp(`title="${code}"[^]*?</th>\\s*<td[^>]*>(\\d+)</td>\\s*<td[^>]*>(\\d+)</td>`)
      .exec(page)
      ?.slice(1)
  assert.deepEqual(rowOf('signed_in', text), ['1', '1'])
  assert.deepEqual(rowOf('credentials_wrong', text), ['1', '1'])
  assert.match(text, /No events: Refreshes, Revocations/)
  assert.match(text, /Guards that follow this server: 0\./)
  const tiles = [...text.matchAll(/<a class="tile" href="([^"]+)">([^]*?)<\/a>/g)]
  const tile = (words: RegExp) => tiles.find(([, , inside]) => words.test(inside ?? ''))
  const failures = tile(/Failed sign-ins today[^]*class="alarm">1</)
  const listed = await admin.get((failures?.[1] ?? '').replaceAll('&amp;', '&'))
  assert.deepEqual(listed.text.match(/<span title="login_refused"/g)?.length, 1)
  for (const words of [/Sign-ins today[^]*>1</, /Active sessions[^]*>1</, /not verified/])
    assert.ok(tile(words), String(words))
  assert.match(tile(/Next key rotation[^]*in \d+ days/)?.[1] ?? '', /\/console\/keys$/)

  await admin.send('/sign-out', {})
  await admin.signIn()
  const notified = /Guards that follow this server: 0, notified within \d+\.\d ms/
  assert.match((await admin.get('/console')).text, notified)
  server.clock.advance(600)
  await admin.get('/account')
  assert.deepEqual(rowOf('signed_in', (await admin.get('/console')).text), ['0', '2'])
  server.clock.advance(86_400)
  await admin.signIn()
  const tomorrow = (await admin.get('/console')).text
  assert.match(tomorrow, /Failed sign-ins today<\/span>\s*<strong\s*>0</)
})
