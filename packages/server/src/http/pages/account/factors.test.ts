import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password, withAda } from '../../api/api.fixture.ts'
import { authenticator, enrolled } from '../../api/factors.fixture.ts'
import { openBrowser, type TestBrowser } from '../test-browser.fixture.ts'

const path = '/account/factors'

/** Signs ada in with both steps. */
async function signIn(browser: TestBrowser, code: () => string): Promise<void> {
  await browser.signIn('ada', password)
  assert.equal((await browser.send('/sign-in/factor', { code: code() })).path, '/account')
}

test('a user adds an authenticator application with the password, and then all other devices are signed out', async () => {
  const { server } = await withAda()
  await using _ = server
  const [here, there] = [openBrowser(server), openBrowser(server)]
  await here.signIn('ada', password)
  await there.signIn('ada', password)
  assert.match((await here.get('/account')).text, /None: your password alone/)
  assert.match((await here.get(path)).text, /You have no second factor\./)
  const refused = await here.send(`${path}/totp`, { password: 'canary' })
  assert.match(refused.text, /id="add-totp-password-fault"/)
  assert.match(refused.text, /<details\s+open>/)

  const proposed = await here.send(`${path}/totp`, { password })
  const [, key = ''] = /aria-label="Key"><code>([A-Z2-7 ]+)</.exec(proposed.text) ?? []
  const code = authenticator(server, key.replaceAll(' ', ''))
  const wrong = code() === '000000' ? '000001' : '000000'
  const again = await here.send(`${path}/totp/confirm`, { code: wrong })
  assert.match(again.text, /id="confirm-totp-code-fault"/)
  assert.ok(!again.text.includes(key), 'the secret is shown once')
  const added = await here.send(`${path}/totp/confirm`, { code: code() })
  assert.match(added.text, /Keep your recovery codes/)
  assert.equal((await there.get('/account')).path, '/sign-in?return_to=%2Faccount')
  const seen = await here.get(path)
  assert.match(seen.text, /10 are left/)
  assert.doesNotMatch(seen.text, /Few recovery codes/)
  const stale = await here.send(`${path}/totp/confirm`, { code: code() })
  assert.match(stale.text, /role="alert"[^]*There is no authenticator application to confirm/)
})

test('[22.55] changes of factors on the pages need a code of the last five minutes, and then the password', async () => {
  const { server, code } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  await signIn(browser, code)
  server.clock.advance(301)
  const seen = await browser.get(path)
  assert.match(seen.text, /Confirm that it is you first/)
  assert.doesNotMatch(seen.text, /type="password"/)
  for (const form of ['totp', 'recovery-codes', 'totp/remove']) {
    const refused = await browser.send(`${path}/${form}`, { password })
    assert.match(refused.path, /^\/account\/confirm\?return_to=%2Faccount%2Ffactors/, form)
  }
  const back = { return_to: path }
  const wrong = await browser.send('/account/confirm', { password, ...back })
  assert.match(wrong.path, /^\/account\/confirm/, 'the password does not replace the code')
  const confirmed = await browser.send('/account/confirm/code', { code: code(), ...back })
  assert.equal(confirmed.path, path)
  const made = await browser.send(`${path}/recovery-codes`, { password })
  assert.match(made.text, /Keep your recovery codes/)
})

test('few recovery codes are a warning, and new ones end those before', async () => {
  const { server, code, recoveryCodes } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  for (const recovery_code of recoveryCodes.slice(0, 7)) {
    await browser.signIn('ada', password)
    await browser.send('/sign-in/factor/recovery-code', { recovery_code })
  }
  const seen = await browser.get(path)
  assert.match(seen.text, /3 are left[^]*Few recovery codes are left/)
  await browser.send(`${path}/recovery-codes`, { password })
  assert.match((await browser.get(path)).text, /10 are left/)
  const other = openBrowser(server)
  await other.signIn('ada', password)
  const old = { recovery_code: recoveryCodes[9] ?? '' }
  assert.equal((await other.send('/sign-in/factor/recovery-code', old)).status, 403)
  assert.equal((await other.send('/sign-in/factor', { code: code() })).path, '/account')
})

test('removing the application asks first, takes the password, and is refused if the account must have a factor', async () => {
  const { server, code } = await enrolled()
  await using _ = server
  const browser = openBrowser(server)
  await signIn(browser, code)
  const remove = `${path}/totp/remove`
  assert.match((await browser.get(remove)).text, /Remove the authenticator application\?/)
  const wrong = await browser.send(remove, { password: 'canary' })
  assert.match(wrong.text, /id="remove-totp-password-fault"/)
  const removed = await browser.send(remove, { password })
  assert.equal(removed.path, path)
  assert.match(removed.text, /The authenticator application is removed/)
  assert.equal((await openBrowser(server).signIn('ada', password)).path, '/account')
  assert.equal((await browser.get(remove)).path, path)
})

test('an account that must have a factor cannot lose it on the pages', async () => {
  const { server } = await withAda({ COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor' })
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const proposed = await browser.send('/sign-in/factor/add', {})
  const [, key = ''] = /aria-label="Key"><code>([A-Z2-7 ]+)</.exec(proposed.text) ?? []
  const code = authenticator(server, key.replaceAll(' ', ''))
  await browser.send('/sign-in/factor/add/confirm', { code: code() })
  assert.doesNotMatch((await browser.get(path)).text, /Remove …/)
  const refused = await browser.send(`${path}/totp/remove`, { password })
  assert.match(refused.text, /must have a second factor/)
  assert.match((await browser.get(path)).text, /Authenticator application/)
})
