import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../../testing.ts'
import { password, withAda } from '../../api/api.fixture.ts'
import { authenticator } from '../../api/factors.fixture.ts'
import { openBrowser, type PageResult } from '../test-browser.fixture.ts'

const policy = { COUNTERSIGN_FACTORS_REQUIRED_FOR: 'editor' }

/** Returns what shows the codes of the key on a page. */
function applicationOf(server: TestServer, { text }: PageResult): () => string {
  const [, key = ''] = /aria-label="Key"><code>([A-Z2-7 ]+)</.exec(text) ?? []
  assert.match(text, /<svg[^>]*class="qr"[^>]*aria-label="QR code/)
  assert.match(text, new RegExp(`href="otpauth://totp/[^"]*secret=${key.replaceAll(' ', '')}`))
  return authenticator(server, key.replaceAll(' ', ''))
}

/** Returns the recovery codes on a page. */
function codesOn({ text }: PageResult): readonly string[] {
  const [, codes = ''] = /aria-label="Recovery codes"><code>([^<]+)</.exec(text) ?? []
  return codes.split('\n')
}

test('[22.53] a user who must have a factor adds one while signing in, and sees the recovery codes once', async () => {
  const { server } = await withAda(policy)
  await using _ = server
  const browser = openBrowser(server)
  const back = { return_to: '/account?x=1' }
  const asked = await browser.send('/sign-in', { username: 'ada', password, ...back })
  assert.equal(asked.path, '/sign-in/factor?return_to=%2Faccount%3Fx%3D1')
  assert.match(asked.text, /The account ada must have a second factor/)
  assert.match(
    (await browser.send('/sign-in/factor/add/confirm', { code: '123456' })).text,
    /role="alert"/,
  )
  const code = applicationOf(server, await browser.send('/sign-in/factor/add', back))
  const right = code()
  const wrong = { code: right === '000000' ? '000001' : '000000', ...back }
  const again = await browser.send('/sign-in/factor/add/confirm', wrong)
  assert.equal(again.status, 403)
  assert.match(again.text, /id="first-code-code-fault"/)
  assert.doesNotMatch(again.text, /class="qr"/, 'the secret is shown once')
  assert.equal((await browser.get('/account')).path, '/sign-in?return_to=%2Faccount')

  const added = await browser.send('/sign-in/factor/add/confirm', { code: right, ...back })
  assert.equal(added.status, 200)
  const codes = codesOn(added)
  assert.equal(codes.length, 10)
  assert.match(added.text, /href="\/account\?x=1"/)
  const file = /download="[^"]+"\s+href="data:text\/plain;charset=utf-8,([^"]+)"/.exec(added.text)
  assert.equal(decodeURIComponent(file?.[1] ?? ''), `${codes.join('\n')}\n`)
  assert.equal((await browser.get('/account')).path, '/account')
  const reload = await browser.get('/sign-in/factor/add/confirm')
  assert.ok(!codes.some((one) => reload.text.includes(one)))

  const next = openBrowser(server)
  await next.signIn('ada', password)
  const recovered = await next.send('/sign-in/factor/recovery-code', { recovery_code: codes[0]! })
  assert.equal(recovered.path, '/account')
})

test('[22.54] registration on the page, and a code by mail, lead to the second step as the password does', async () => {
  await using server = await testServer({
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
    COUNTERSIGN_FACTORS_REQUIRED_FOR: '*',
  })
  const browser = openBrowser(server)
  const email = 'ada@example.com'
  const registered = await browser.send('/sign-up', {
    username: 'ada',
    new_password: password,
    email,
  })
  assert.equal(registered.path, '/sign-in/factor')
  assert.match(registered.text, /must have a second factor/)
  const code = applicationOf(server, await browser.send('/sign-in/factor/add', {}))
  await browser.send('/sign-in/factor/add/confirm', { code: code() })
  assert.equal((await browser.get('/account')).path, '/account')
  const mailed = async () => {
    const mail = (await server.mails()).find(({ text }) => /^\d{3} \d{3} \d{3}$/m.test(text))
    return /^\d{3} \d{3} \d{3}$/m.exec(mail?.text ?? '')?.[0] ?? ''
  }
  const verify = { email, code: await mailed() }
  assert.equal((await browser.send('/verify-email', verify)).path, '/account')

  const other = openBrowser(server)
  await other.send('/sign-in-code/ask', { email })
  const asked = await other.send('/sign-in-code', { email, code: await mailed() })
  assert.equal(asked.path, '/sign-in/factor')
  assert.match(asked.text, /Confirm that you are ada/)
  assert.equal((await other.get('/account')).path, '/sign-in?return_to=%2Faccount')
  server.clock.advance(30)
  assert.equal((await other.send('/sign-in/factor', { code: code() })).path, '/account')
})
