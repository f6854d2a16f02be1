import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

const next = 'cirrus over seven lakes'
const email = 'ada@example.com'

/** Returns the code and the link of a mail. */
function codeIn({ text }: { readonly text: string }) {
  const [code = ''] = /^\d{3} \d{3} \d{3}$/m.exec(text) ?? []
  const [link = ''] = /^http\S+$/m.exec(text) ?? []
  return { code, link }
}

/** Returns another code. */
function wrong(code: string): string {
  return code.replace(/\d$/, (last) => String((Number(last) + 1) % 10))
}

/** Returns the newest mail with a code: notices may be sent at the same time. */
function withCode(mails: readonly { readonly text: string }[]) {
  const found = mails.find(({ text }) => /^\d{3} \d{3} \d{3}$/m.test(text))
  assert.ok(found)
  return found
}

test('[19.1] a forgotten password is reset with a code from a mail; all sessions end, and the owner gets a notice', async () => {
  const { server } = await withAda()
  await using _ = server
  const token = await signIn(server, 'ada', password)
  const asked = await request(server, 'POST /password/forgot', {
    body: { email: 'ADA@example.com' },
  })
  assert.equal(asked.status, 202)
  const [mail] = await server.mails()
  assert.equal(mail?.to, email, 'to the address of the user, however the request spells it')
  const { code, link } = codeIn(mail!)
  assert.match(link, /^http:\/\/localhost:5000\/reset-password\?id=[\w-]+&key=[\w-]+$/)

  const short = await request(server, 'POST /password/reset', {
    body: { email, code, new_password: 'short' },
  })
  assert.equal(short.code, 'password_too_short')
  const done = await request(server, 'POST /password/reset', {
    body: { email, code, new_password: next },
  })
  assert.equal(done.status, 204, 'the code is still good after a password that was refused')
  assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked')
  await signIn(server, 'ada', next)
  const old = await request(server, 'POST /login', { body: { username: 'ada', password } })
  assert.equal(old.code, 'credentials_wrong')
  const twice = await request(server, 'POST /password/reset', {
    body: { email, code, new_password: 'another long password' },
  })
  assert.equal(twice.code, 'code_wrong')
  const [notice] = await server.mails()
  assert.match(notice?.subject ?? '', /password was changed/)
  const admin = await signIn(server)
  const log = await request(server, 'GET /admin/audit-log', { token: admin })
  assert.match(JSON.stringify(log.body), /"type":"password_reset"/)
})

test('[19.16] a spelling that folds to the address of a user is another mailbox, and gets no code', async () => {
  const { server, token } = await withAda()
  await using _ = server
  const owner = { username: 'strauss', password, email: 'strauss@example.com', roles: [] }
  const made = await request(server, 'POST /admin/users', { token, body: owner })
  assert.equal(made.status, 201)
  const body = { email: 'strauß@example.com' }
  assert.equal((await request(server, 'POST /password/forgot', { body })).status, 202)
  const resets = (await server.mails()).filter(({ text }) => text.includes('/reset-password'))
  assert.deepEqual(
    resets.map(({ to }) => to),
    ['strauss@example.com'],
  )
})

test('[19.2] after five wrong codes none is checked for an hour; a newer code replaces one, and it expires after ten minutes', async () => {
  const { server } = await withAda()
  await using _ = server
  const ask = async () => {
    await request(server, 'POST /password/forgot', { body: { email } })
    return codeIn(withCode(await server.mails())).code
  }
  const reset = async (code: string) =>
    (await request(server, 'POST /password/reset', { body: { email, code, new_password: next } }))
      .code
  const first = await ask()
  for (let tries = 0; tries < 5; tries++) assert.equal(await reset(wrong(first)), 'code_wrong')
  assert.equal(await reset(first), 'login_delayed')
  server.clock.advance(3600)
  const second = await ask()
  const third = await ask()
  assert.equal(await reset(second), 'code_wrong')
  server.clock.advance(600)
  assert.equal(await reset(third), 'code_wrong')
  const fourth = await ask()
  server.clock.advance(599)
  for (let tries = 0; tries < 2; tries++) assert.equal(await reset(wrong(fourth)), 'code_wrong')
  assert.equal(await reset(fourth), undefined)
})

test('[19.15] who asks again and again for another person, or enters wrong codes, keeps the owner from nothing', async () => {
  const { server } = await withAda()
  await using _ = server
  const [owner, stranger] = ['192.0.2.7', '198.51.100.9']
  const ask = (address: string) =>
    request(server, 'POST /password/forgot', { body: { email }, address })
  const reset = async (code: string, address: string) => {
    const body = { email, code, new_password: next }
    return (await request(server, 'POST /password/reset', { body, address })).code
  }
  await ask(owner)
  const { code } = codeIn(withCode(await server.mails()))
  for (let times = 0; times < 9; times++) await ask(stranger)
  for (let tries = 0; tries < 9; tries++)
    assert.match(String(await reset(wrong(code), stranger)), /code_wrong|login_delayed/)
  assert.equal(await reset(code, stranger), 'login_delayed', 'this network has no guess left')
  assert.equal(await reset(code, owner), undefined, 'and the code of the owner is still good')
})

test('[19.3] a code ends when the password or the address changes, and does nothing for a disabled user', async () => {
  const { server, token: admin, id } = await withAda()
  await using _ = server
  const ask = async () => {
    await request(server, 'POST /password/forgot', { body: { email } })
    return codeIn(withCode(await server.mails())).code
  }
  const reset = async (code: string) =>
    (await request(server, 'POST /password/reset', { body: { email, code, new_password: next } }))
      .code
  const ada = await signIn(server, 'ada', password)
  const other = 'donaudampfschiffahrt'
  const changes: readonly [line: string, token: string, body: object | undefined][] = [
    ['POST /password/change', ada, { current_password: password, new_password: other }],
    [`POST /admin/users/${id}/password`, admin, { password }],
    [`PATCH /admin/users/${id}`, admin, { email: 'ada@example.org' }],
    [`PATCH /admin/users/${id}`, admin, { email }],
    [`POST /admin/users/${id}/disable`, admin, undefined],
  ]
  for (const [line, token, body] of changes) {
    const code = await ask()
    const changed = await request(server, line, { token, body })
    assert.ok(changed.status < 300, `${line} ${changed.status} ${String(changed.code)}`)
    assert.equal(await reset(code), 'code_wrong', line)
  }
  const before = (await server.mails()).length
  await request(server, 'POST /password/forgot', { body: { email } })
  assert.equal((await server.mails()).length, before, 'a disabled user gets no mail')
})

test('[19.3] codes and links from before a user was disabled or deleted stay ended', async () => {
  const { server, token, id } = await withAda()
  await using _ = server
  const ask = async () => {
    await request(server, 'POST /password/forgot', { body: { email } })
    return codeIn(withCode(await server.mails())).code
  }
  const reset = async (code: string) =>
    (await request(server, 'POST /password/reset', { body: { email, code, new_password: next } }))
      .code
  const made = await request(server, `POST /admin/users/${id}/reset-link`, { token })
  const code = await ask()
  await request(server, `POST /admin/users/${id}/disable`, { token })
  await request(server, `POST /admin/users/${id}/enable`, { token })
  assert.equal(await reset(code), 'code_wrong')
  const url = new URL(String(made.body['url']))
  const form = new URLSearchParams([...url.searchParams, ['new_password', next]])
  const headers = { origin: url.origin, 'sec-fetch-site': 'same-origin' }
  const post = { method: 'POST', headers, body: form }
  const shown = await server.fetch(new Request(`${url.origin}/reset-password`, post))
  assert.equal(shown.status, 403, 'nor does the link of an administrator set a password')

  const second = await ask()
  assert.notEqual(second, code)
  await request(server, `DELETE /admin/users/${id}`, { token })
  const body = { username: 'grace', password, email: email.toUpperCase() }
  assert.equal((await request(server, 'POST /admin/users', { token, body })).status, 201)
  assert.equal(await reset(second), 'code_wrong', 'the code was of the user before')
})

test('[19.4] mails to one address are limited, without any difference in the answer', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_MAILS: '2/1h' })
  const token = await signIn(server)
  await request(server, 'POST /admin/users', { token, body: { username: 'ada', password, email } })
  const answers = []
  for (let asked = 0; asked < 4; asked++)
    answers.push(await request(server, 'POST /password/forgot', { body: { email } }))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202, 202, 202],
  )
  assert.equal((await server.mails()).length, 2)
  server.clock.advance(1801)
  await request(server, 'POST /password/forgot', { body: { email: 'Ada@EXAMPLE.com' } })
  await request(server, 'POST /password/forgot', { body: { email } })
  assert.equal((await server.mails()).length, 3)
})

test('a mail speaks the language of the browser', async () => {
  const { server } = await withAda()
  await using _ = server
  const headers = { 'content-type': 'application/json', 'accept-language': 'de-AT, en;q=0.5' }
  const init = { method: 'POST', headers, body: JSON.stringify({ email }) }
  await server.fetch(new Request('http://localhost:5000/password/forgot', init))
  const [mail] = await server.mails()
  assert.match(mail?.text ?? '', /^Hallo ada,/)
  assert.match(mail?.subject ?? '', /^Neues Passwort/)
})

test('a mail and its pages are in the language that its user has chosen; a registration stores none', async () => {
  const { server, made } = await withAda()
  await using _ = server
  assert.equal(made['language'], null)
  const ada = await signIn(server, 'ada', password)
  const set = (body: unknown) => request(server, 'PATCH /me', { token: ada, body })
  assert.equal((await set({})).code, 'body_invalid')
  assert.equal((await set({ language: 'fr' })).code, 'body_invalid')
  assert.equal((await set({ email: 'eve@example.com', language: 'de' })).code, 'body_invalid')
  assert.equal((await set({ language: 'de' })).body['language'], 'de')
  const subjects = async () => (await server.mails()).map(({ subject }) => subject)
  await request(server, 'POST /password/forgot', { body: { email } })
  assert.match((await subjects())[0] ?? '', /^Neues Passwort/)
  await request(server, 'POST /email/verification', { token: ada })
  assert.match((await subjects())[0] ?? '', /bestätigen/)
  const headers = { authorization: `Bearer ${ada}`, 'accept-language': 'en' }
  assert.equal((await set({ language: null })).body['language'], null)
  const init = { method: 'POST', headers }
  await server.fetch(new Request('http://localhost:5000/email/verification', init))
  assert.match((await subjects())[0] ?? '', /Verify/)
})

test('a server without mail says so, and an administrator makes a link that works once', async () => {
  const { server, token, id } = await withAda()
  await using _ = server
  const made = await request(server, `POST /admin/users/${id}/reset-link`, { token })
  assert.equal(made.status, 201)
  assert.match(String(made.body['url']), /^http:\/\/localhost:5000\/reset-password\?id=h_/)
  const log = await request(server, 'GET /admin/audit-log', { token })
  assert.match(JSON.stringify(log.body), /"type":"reset_link_made"/)
  assert.ok(!JSON.stringify(log.body).includes(String(made.body['url']).split('key=')[1] ?? '?'))
})
