import assert from 'node:assert/strict'
import { test } from 'node:test'
import { password, request, withAda } from '../../api/api.fixture.ts'
import { openBrowser } from '../test-browser.fixture.ts'

const next = 'cirrus over seven lakes'
const base = 'http://localhost:5000'

/** Asks for a code in a browser, and returns what the mail holds. */
async function asked() {
  const { server, ...rest } = await withAda()
  const browser = openBrowser(server)
  const answer = await browser.send('/forgot-password', { email: 'ada@example.com' })
  const [mail] = await server.mails()
  const [code = ''] = /^\d{3} \d{3} \d{3}$/m.exec(mail?.text ?? '') ?? []
  const [link = ''] = /^http\S+$/m.exec(mail?.text ?? '') ?? []
  const { searchParams } = new URL(link)
  const fields = { id: searchParams.get('id') ?? '', key: searchParams.get('key') ?? '' }
  return { server, browser, answer, code, link: link.slice(base.length), fields, ...rest }
}

test('the browser that asked needs only the link', async () => {
  const { server, browser, link, fields } = await asked()
  await using _ = server
  const page = await browser.get(link, { 'sec-fetch-site': 'cross-site' })
  assert.match(
    page.text,
    /http-equiv="refresh"/,
    'a link from a mail is opened once more, from here',
  )
  const opened = await browser.get(link)
  assert.doesNotMatch(opened.text, /name="code"/)
  const done = await browser.send('/reset-password', { ...fields, new_password: next })
  assert.equal(done.path, '/sign-in')
  assert.match(done.text, /password has been set/)
  assert.equal((await browser.signIn('ada', next)).path, '/account')
})

test('another browser needs the code, with the link or with the address', async () => {
  for (const withLink of [true, false]) {
    const { server, code, link, fields } = await asked()
    await using _ = server
    const phone = openBrowser(server)
    const page = await phone.get(withLink ? link : '/reset-password')
    assert.match(page.text, /name="code"/)
    assert.equal(/name="email"/.test(page.text), !withLink)
    const [focused] = /<input[^>]* autofocus[^>]*>/.exec(page.text) ?? []
    assert.match(focused ?? '', withLink ? /name="code"/ : /name="email"/, 'the first field')
    const place = withLink ? fields : { email: 'ada@example.com' }
    const refused = await phone.send('/reset-password', { ...place, new_password: next })
    assert.match(refused.text, /wrong, expired or already used/)
    const typed = `${code.replaceAll(' ', '')} `
    const done = await phone.send('/reset-password', { ...place, code: typed, new_password: next })
    assert.match(done.text, /password has been set/)
  }
})

test('[19.5] robots that open a link, or submit its form without the cookie, use nothing up', async () => {
  const { server, browser, link, fields, code } = await asked()
  await using _ = server
  const robot = openBrowser(server)
  for (const method of ['HEAD', 'GET', 'OPTIONS'])
    for (let times = 0; times < 20; times++)
      await server.fetch(new Request(base + link, { method, headers: { accept: 'text/html' } }))
  for (let times = 0; times < 20; times++) {
    await robot.get(link)
    const sent = await robot.send('/reset-password', { ...fields, code: '', new_password: next })
    assert.equal(sent.status, 403)
    assert.equal(robot.cookies.size, 0, 'and it has gained nothing')
  }
  const phone = openBrowser(server)
  const onPhone = { ...fields, code, new_password: 'a password from the phone' }
  assert.match((await phone.send('/reset-password', onPhone)).text, /password has been set/)
  const late = await browser.send('/reset-password', { ...fields, new_password: next })
  assert.match(late.text, /already used/)
})

test('[19.2] five wrong codes end the id that they name, with its link, and the address still finds the code', async () => {
  const { server, browser, code, fields } = await asked()
  await using _ = server
  const wrong = code === '000 000 000' ? '111111111' : '000000000'
  const guess = { id: fields.id, code: wrong, new_password: next }
  for (let tries = 0; tries < 5; tries++) await openBrowser(server).send('/reset-password', guess)
  for (const proof of [{ id: fields.id, code }, fields]) {
    const late = await browser.send('/reset-password', { ...proof, new_password: next })
    assert.match(late.text, /wrong, expired or already used/)
  }
  const page = await browser.get(`/reset-password?id=${fields.id}`)
  assert.match(page.text, /href="\/reset-password">Use a code from another mail</)
  const byAddress = { email: 'ada@example.com', code, new_password: next }
  assert.match((await browser.send('/reset-password', byAddress)).text, /password has been set/)
})

test('another site cannot ask or reset in the name of a browser', async () => {
  const { server, browser, fields } = await asked()
  await using _ = server
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  const sent = { ...fields, new_password: next }
  assert.equal((await browser.send('/reset-password', sent, foreign)).status, 403)
  assert.equal(
    (await browser.send('/forgot-password', { email: 'a@b.example' }, foreign)).status,
    403,
  )
  assert.equal((await browser.signIn('ada', password)).path, '/account')
})

test('the pages and their errors are in German for a German browser', async () => {
  const { server, fields } = await asked()
  await using _ = server
  const browser = openBrowser(server)
  const german = { 'accept-language': 'de', 'sec-fetch-site': 'same-origin' }
  const page = await browser.get('/forgot-password', german)
  assert.match(page.text, /<html lang="de">[^]*Passwort vergessen\?/)
  const sent = { ...fields, code: '000000000', new_password: next }
  const refused = await browser.send('/reset-password', sent, german)
  assert.match(refused.text, /Der Code oder der Link ist falsch/)
  const short = await browser.send('/reset-password', { ...sent, new_password: 'x' }, german)
  assert.match(short.text, /Neues Passwort festlegen/)
})

test('an administrator makes a link in the console, and the user sets a password with it, once', async () => {
  const { server, id } = await asked()
  await using _ = server
  const admin = openBrowser(server)
  await admin.signIn()
  const shown = await admin.send(`/console/users/${id}/reset-link`, {})
  const [, link = ''] = /<code>(http[^<]+)<\/code>/.exec(shown.text) ?? []
  const url = new URL(link.replaceAll('&amp;', '&'))
  const visitor = openBrowser(server)
  const page = await visitor.get(url.pathname + url.search)
  assert.doesNotMatch(page.text, /name="code"/)
  const fields = {
    id: String(url.searchParams.get('id')),
    key: String(url.searchParams.get('key')),
  }
  const done = await visitor.send('/reset-password', { ...fields, new_password: next })
  assert.match(done.text, /password has been set/)
  const again = await visitor.send('/reset-password', {
    ...fields,
    new_password: 'yet another one',
  })
  assert.match(again.text, /already used/)
  const sampled = await request(server, 'POST /login', {
    body: { username: 'ada', password: next },
  })
  assert.equal(sampled.status, 200)
})
