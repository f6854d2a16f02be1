import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../../testing.ts'
import { password } from '../../api/api.fixture.ts'
import { noticeCookie, openBrowser } from '../test-browser.fixture.ts'

const email = 'ada@example.com'
const base = 'http://localhost:5000'

/** Signs ada up in a browser, and returns what the mail to verify her address holds. */
async function signedUp() {
  const server = await testServer({
    COUNTERSIGN_USERS_REGISTRATION: 'open',
    COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
  })
  const browser = openBrowser(server)
  const account = await browser.send('/sign-up', { username: 'ada', new_password: password, email })
  assert.match(account.text, /ada@example\.com is not verified/)
  return { server, browser, ...(await newest(server)) }
}

/** Returns the code and the link of the newest mail. */
async function newest(server: Awaited<ReturnType<typeof testServer>>) {
  const withCode = (await server.mails()).find((mail) => /^\d{3} \d{3} \d{3}$/m.test(mail.text))
  const text = withCode?.text ?? ''
  const { searchParams, pathname, search } = new URL(/^http\S+$/m.exec(text)?.[0] ?? base)
  const fields = { id: searchParams.get('id') ?? '', key: searchParams.get('key') ?? '' }
  return { code: /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0] ?? '', link: pathname + search, fields }
}

test('an address is verified with the link in the browser that signed up, or with the code on the account page', async () => {
  const { server, browser, link, fields } = await signedUp()
  await using _ = server
  assert.doesNotMatch((await browser.get(link)).text, /name="code"/)
  const done = await browser.send('/verify-email', fields)
  assert.equal(done.path, '/account')
  assert.match(done.text, /is verified; you can sign in with it/)

  await browser.send('/account/email', { email: 'ada@example.org', password })
  const { code, fields: next } = await newest(server)
  const wrong = await browser.send('/verify-email', {
    id: next.id,
    code: code === '000 000 000' ? '1' : '000000000',
  })
  assert.match(wrong.text, /wrong, expired|missing or too long/)
  assert.match(
    (await browser.send('/verify-email', { id: next.id, code })).text,
    /address is verified/,
  )
})

test('[19.5] robots verify no address and gain no session, and then the person does, here and elsewhere', async () => {
  const { server, browser, link, fields } = await signedUp()
  await using _ = server
  const robot = openBrowser(server)
  const clickAll = async (path: string, form: string, sent: Readonly<Record<string, string>>) => {
    for (const method of ['HEAD', 'GET'])
      await server.fetch(new Request(base + path, { method, headers: { accept: 'text/html' } }))
    for (let times = 0; times < 6; times++) {
      await robot.get(path)
      const answer = await robot.send(form, { ...sent, code: '' })
      assert.ok(answer.status >= 400, String(answer.status))
    }
    assert.equal(robot.cookies.size, 0)
  }
  await clickAll(link, '/verify-email', fields)
  assert.match((await browser.send('/verify-email', fields)).text, /address is verified/)

  for (const place of ['here', 'elsewhere'] as const) {
    const here = openBrowser(server)
    const asked = await here.send('/sign-in-code/ask', { email })
    assert.match(asked.text, /a mail with a code is on its way/)
    const mail = await newest(server)
    await clickAll(mail.link, '/sign-in-code', mail.fields)
    const phone = openBrowser(server)
    assert.match((await phone.get(mail.link)).text, /name="code"/)
    const done =
      place === 'here'
        ? await here.send('/sign-in-code', mail.fields)
        : await phone.send('/sign-in-code', { ...mail.fields, code: mail.code })
    assert.equal(done.path, '/account', place)
    const late = await here.send('/sign-in-code', { ...mail.fields, code: mail.code })
    assert.match(late.text, /already used/)
  }
})

test('[19.17] the owner of an address cannot verify it for a stranger who has entered it in an account of theirs', async () => {
  const { server, link, fields, code, browser: stranger } = await signedUp()
  await using _ = server
  const german = { 'accept-language': 'de', 'sec-fetch-site': 'same-origin' }
  const owner = openBrowser(server)
  const page = await owner.get(link)
  assert.doesNotMatch(page.text, /name="code"|name="key"/)
  assert.match(page.text, /href="\/sign-in\?return_to=%2Fverify-email%3Fid%3D[\w-]+"/)
  assert.ok(!page.text.includes(fields.key), 'no secret gets into another address')
  assert.match((await owner.get(link, german)).text, /Melden Sie sich zuerst/)
  const proof = { ...fields, code }
  for (const sent of [proof, { email, code }])
    assert.match((await owner.send('/verify-email', sent)).text, /wrong, expired or already used/)
  await owner.signIn()
  for (const sent of [proof, { email, code }])
    assert.match((await owner.send('/verify-email', sent)).text, /wrong, expired or already used/)
  const account = await stranger.get('/account')
  assert.match(account.text, /ada@example\.com is not verified/)

  const phone = openBrowser(server)
  const back = `/verify-email?id=${fields.id}`
  const signedIn = await phone.send('/sign-in', { username: 'ada', password, return_to: back })
  assert.equal(signedIn.path, back)
  assert.match((await phone.get(link)).text, /name="code"/)
  assert.match((await phone.send('/verify-email', proof)).text, /address is verified/)
})

test('the sign-in page takes a verified address, and a name with an @ in it', async () => {
  const { server, browser, fields } = await signedUp()
  await using _ = server
  const before = openBrowser(server)
  assert.equal((await before.signIn(email, password)).status, 401)
  await browser.send('/verify-email', fields)
  assert.equal((await openBrowser(server).signIn(` ${email}`, password)).path, '/account')
  const other = openBrowser(server)
  await other.send('/sign-up', { username: 'eve@example.com', new_password: password, email: '' })
  assert.equal((await openBrowser(server).signIn('eve@example.com', password)).path, '/account')
})

test('the pages are in German for a German browser', async () => {
  const { server, link, fields, browser: member } = await signedUp()
  await using _ = server
  const german = { 'accept-language': 'de', 'sec-fetch-site': 'same-origin' }
  const browser = openBrowser(server)
  assert.match(
    (await browser.get(link, german)).text,
    /<html lang="de">[^]*E-Mail-Adresse bestätigen/,
  )
  assert.match((await browser.get('/sign-in-code', german)).text, /Mit einem Code anmelden/)
  const wrongCode = await member.send(
    '/verify-email',
    { ...fields, key: '', code: '0'.repeat(9) },
    german,
  )
  assert.match(wrongCode.text, /href="\/account">Zurück zum Konto/)
  const verified = await member.send('/verify-email', fields, german)
  assert.equal(verified.path, '/account')
  member.cookies.set(noticeCookie, 'email_verified')
  assert.match((await member.get('/account', german)).text, /<p>Ihre E-Mail-Adresse ist/)
  assert.match(
    (await member.get('/account', german)).text,
    /<html lang="de">[^]*<details[^]*E-Mail-Adresse ändern/,
  )
  const guest = openBrowser(server)
  const wrong = await guest.send('/sign-in', { username: 'ada', password: 'wrong' }, german)
  assert.match(wrong.text, /<html lang="de">[^]*Der Benutzername oder das Passwort ist falsch/)
  assert.match(wrong.text, /Passwort vergessen/)
  guest.cookies.set(noticeCookie, 'signed_out')
  const out = await guest.get('/sign-in', german)
  assert.match(out.text, /Sie sind auf diesem Gerät abgemeldet/)
})
