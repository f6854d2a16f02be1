import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'

const email = 'ada@example.com'

/** Returns the code of the newest mail that has one: notices may be sent at the same time. */
async function newestCode(server: TestServer): Promise<string> {
  const codes = (await server.mails()).map(({ text }) => /^\d{3} \d{3} \d{3}$/m.exec(text)?.[0])
  return codes.find((code) => code !== undefined) ?? ''
}

/** Verifies the address of ada. Returns a new token. */
async function verified(server: TestServer): Promise<string> {
  const token = await signIn(server, 'ada', password)
  assert.equal((await request(server, 'POST /email/verification', { token })).status, 202)
  const body = { code: await newestCode(server) }
  assert.equal((await request(server, 'POST /email/verify', { token, body })).status, 204)
  return signIn(server, 'ada', password)
}

test('[19.9] a user verifies their address with a code, once, and then signs in with it', async () => {
  const { server } = await withAda()
  await using _ = server
  const byEmail = () =>
    request(server, 'POST /login', { body: { email: 'ADA@example.com', password } })
  assert.equal((await byEmail()).code, 'credentials_wrong', 'not before it is verified')
  const token = await signIn(server, 'ada', password)
  assert.equal((await request(server, 'GET /me', { token })).body['email_verified'], false)
  await request(server, 'POST /email/verification', { token })
  const code = await newestCode(server)
  const admin = await signIn(server)
  const other = await request(server, 'POST /email/verify', { token: admin, body: { code } })
  assert.equal(other.code, 'code_wrong', 'the code is of one user')
  assert.equal((await request(server, 'POST /email/verify', { token, body: { code } })).status, 204)
  assert.equal(
    (await request(server, 'GET /me', { token })).code,
    'token_revoked',
    'its claims are old',
  )
  const fresh = await signIn(server, 'ada', password)
  assert.equal((await request(server, 'GET /me', { token: fresh })).body['email_verified'], true)
  const again = await request(server, 'POST /email/verify', { token: fresh, body: { code } })
  assert.equal(again.code, 'code_wrong')
  assert.equal((await byEmail()).status, 200)
  const wrong = { email, password: 'wrong' }
  assert.equal((await request(server, 'POST /login', { body: wrong })).code, 'credentials_wrong')
})

test('[19.10] a changed address is not verified, and the one before gets a notice', async () => {
  const { server } = await withAda()
  await using _ = server
  const token = await verified(server)
  const body = { email: 'ada@example.org', current_password: password }
  const changed = await request(server, 'PATCH /me', { token, body })
  assert.equal(changed.body['email_verified'], false)
  const mails = await server.mails()
  assert.ok(mails.some(({ to, subject }) => to === email && /was changed/.test(subject)))
  assert.ok(mails.some(({ to, subject }) => to === 'ada@example.org' && /Verify/.test(subject)))
  for (const address of [email, 'ada@example.org']) {
    const login = await request(server, 'POST /login', { body: { email: address, password } })
    assert.equal(login.code, 'credentials_wrong', address)
  }
})

test('[19.16] another spelling of a verified address is verified only if it differs in the case of ASCII letters alone', async () => {
  const { server, id, token: admin } = await withAda()
  await using _ = server
  const setTo = async (address: string) => {
    const token = await signIn(server, 'ada', password)
    const body = { email: address, current_password: password }
    return (await request(server, 'PATCH /me', { token, body })).body['email_verified']
  }
  await setTo('adass@bücher.example')
  await verified(server)
  assert.equal(await setTo('ADAss@xn--bcher-kva.example'), true)
  assert.equal(await setTo('adaß@bücher.example'), false, 'this can be the mailbox of another')
  const notice = (await server.mails()).find(({ subject }) => /was changed/.test(subject))
  assert.equal(notice?.to, 'ADAss@xn--bcher-kva.example')
  await verified(server)
  const body = { email: 'adass@bücher.example' }
  const set = await request(server, `PATCH /admin/users/${id}`, { token: admin, body })
  assert.equal(set.body['email_verified'], false, 'nor by an administrator')
})

test('[19.4] notices to an address that no one has verified are limited, and those to a verified one are not', async () => {
  const { server } = await withAda()
  await using _ = server
  const notices = async () =>
    (await server.mails()).filter(({ to, subject }) => to === email && /was changed/.test(subject))
  let token = await signIn(server, 'ada', password)
  const change = async (address: string) => {
    const body = { email: address, current_password: password }
    assert.equal((await request(server, 'PATCH /me', { token, body })).status, 200)
  }
  for (let times = 0; times < 9; times++) {
    await change('ada@example.org')
    await change(email)
  }
  assert.equal((await notices()).length, 5)
  token = await verified(server)
  await change('ada@example.org')
  assert.equal((await notices()).length, 6)
})

test('a registration with an address sends a code to verify it', async () => {
  await using server = await testServer({ COUNTERSIGN_USERS_REGISTRATION: 'open' })
  const body = { username: 'ada', password, email }
  assert.equal((await request(server, 'POST /register', { body })).status, 201)
  await verified(server)
})

test('[19.11] a user signs in with a code from a mail, once, where the setting allows it and the address is verified', async () => {
  await using server = await testServer({ COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes' })
  const admin = await signIn(server)
  const made = await request(server, 'POST /admin/users', {
    token: admin,
    body: { username: 'ada', password, email },
  })
  const id = made.body['id']
  const ask = () => request(server, 'POST /login/code', { body: { email } })
  assert.equal((await ask()).status, 202)
  assert.deepEqual(await server.mails(), [], 'an address that is not verified gets no mail')
  await verified(server)
  assert.equal((await ask()).status, 202)
  const code = await newestCode(server)
  const wrong = { email, code: code === '000 000 000' ? '111111111' : '000000000' }
  assert.equal((await request(server, 'POST /login', { body: wrong })).code, 'credentials_wrong')
  const reset = { email, code, new_password: 'cirrus over seven lakes' }
  const other = await request(server, 'POST /password/reset', { body: reset })
  assert.equal(other.code, 'code_wrong', 'it is for nothing else')
  const login = await request(server, 'POST /login', { body: { email, code } })
  assert.equal(login.status, 200)
  const sessions = await request(server, 'GET /sessions', { token: String(login.body['token']) })
  assert.match(JSON.stringify(sessions.body), /"amr":\["otp"\]/)
  const twice = await request(server, 'POST /login', { body: { email, code } })
  assert.equal(twice.code, 'credentials_wrong')
  const unknown = { email: 'eve@example.com', code }
  assert.equal((await request(server, 'POST /login', { body: unknown })).code, 'credentials_wrong')
  const log = await request(server, `GET /admin/audit-log?user=${String(id)}`, { token: admin })
  const entries = log.body['entries'] as readonly {
    readonly type: string
    readonly facts: object
  }[]
  const events = entries.map(({ type, facts }) => JSON.stringify([type, facts]))
  for (const event of [
    ['email_verified', {}],
    ['code_refused', { purpose: 'sign_in' }],
    ['login', { amr: ['otp'] }],
  ])
    assert.equal(events.filter((one) => one === JSON.stringify(event)).length, 1, String(event))
})

test('signing in with a code is off by default, and a sign-in names one user and one proof', async () => {
  const { server } = await withAda()
  await using _ = server
  const asked = await request(server, 'POST /login/code', { body: { email } })
  assert.equal(asked.code, 'code_sign_in_disabled')
  const login = await request(server, 'POST /login', { body: { email, code: '123456789' } })
  assert.equal(login.code, 'code_sign_in_disabled')
  for (const [body, message] of [
    [{}, 'username is missing; password is missing'],
    [{ username: 'ada' }, 'password is missing'],
    [{ code: '123456789' }, 'email is missing'],
    [{ username: 'ada', email, password }, 'username has the wrong form'],
    [{ username: 'ada', code: '123456789' }, 'email is missing'],
    [{ email, password, code: '123456789' }, 'password has the wrong form'],
  ] as const) {
    const refused = await request(server, 'POST /login', { body })
    assert.equal(refused.code, 'body_invalid')
    assert.match(String(refused.body['message']), new RegExp(message), JSON.stringify(body))
  }
})
