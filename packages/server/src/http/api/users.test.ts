import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from '@countersign/token'
import { testServer, type TestServer } from '../../testing.ts'

const open = { COUNTERSIGN_USERS_REGISTRATION: 'open' }
const [first, second] = ['correct horse battery', 'donaudampfschiffahrt']

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function request(
  server: TestServer,
  line: string,
  body?: unknown,
  token?: unknown,
): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ')
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${String(token)}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const sent = body === undefined ? null : JSON.stringify(body)
  const httpRequest = new Request(`http://localhost${path}`, { method, headers, body: sent })
  const response = await server.fetch(httpRequest)
  const text = await response.text()
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Answer['body'] }
}

const verdict = ({ status, body }: Answer) => [status, body['code']]
const login = (server: TestServer, password: string, username = 'ada') =>
  request(server, 'POST /login', { username, password })

/** Starts a server where Ada has registered; returns the tokens of her sign-ins. */
async function withAda(signIns = 1) {
  const server = await testServer(open)
  const ada = { username: 'ada', password: first, email: 'Ada@example.com' }
  const registered = await request(server, 'POST /register', ada)
  assert.equal(registered.status, 201)
  const tokens = []
  for (let left = signIns; left > 0; left--) tokens.push((await login(server, first)).body)
  return { server, registered: registered.body, tokens }
}

test('a user registers, signs in and reads their profile', async () => {
  const { server, registered, tokens } = await withAda()
  await using _ = server
  const { id, ...rest } = registered
  assert.match(String(id), /^u_/)
  const shown = {
    username: 'ada',
    email: 'Ada@example.com',
    email_verified: false,
    roles: [],
    language: null,
    created_at: 1_800_000_000,
  }
  assert.deepEqual(rest, shown)
  const token = tokens[0]?.['token']
  assert.deepEqual((await request(server, 'GET /me', undefined, token)).body, { id, ...shown })
  assert.equal('roles' in inspect(String(token)).claims, false, 'no roles, no claim')
})

test('registration fails if the operator has closed it, for every name', async () => {
  await using server = await testServer()
  for (const username of ['ada', 'admin', '\0'])
    assert.deepEqual(
      verdict(await request(server, 'POST /register', { username, password: first })),
      [403, 'registration_closed'],
    )
  assert.equal((await login(server, first)).status, 401)
})

test('each invalid registration fails with its own code, and stores nothing', async () => {
  const { server } = await withAda()
  await using _ = server
  const grace = { username: 'grace', password: first }
  const rows = [
    [{ ...grace, password: 'ojwmtfrl' }, 400, 'password_too_short'],
    [{ ...grace, password: 'x\u00e9\u00e8'.repeat(350) }, 400, 'password_too_long'],
    [{ ...grace, password: 'Password1234567' }, 400, 'password_common'],
    [{ ...grace, password: 'grace-countersign-grace' }, 400, 'password_personal'],
    [{ ...grace, username: 'ADA' }, 409, 'username_taken'],
    [{ ...grace, username: ' grace' }, 400, 'username_unacceptable'],
    [{ ...grace, username: 'gr\u200bace' }, 400, 'username_unacceptable'],
    [{ ...grace, email: 'ada@EXAMPLE.com' }, 409, 'email_taken'],
    [{ ...grace, email: 'grace' }, 400, 'email_unacceptable'],
    [{ ...grace, roles: ['admin'] }, 400, 'body_invalid'],
  ] as const
  for (const [body, status, code] of rows) {
    const answer = await request(server, 'POST /register', body)
    assert.deepEqual(verdict(answer), [status, code])
    assert.ok(!JSON.stringify(answer.body).includes(body.password))
  }
  assert.equal((await request(server, 'POST /register', grace)).status, 201)
})

test('a changed password replaces the old one, and ends all other sessions', async () => {
  const { server, tokens } = await withAda(3)
  await using _ = server
  const [mine, ...others] = tokens
  const change = { current_password: first, new_password: second }
  const changed = await request(server, 'POST /password/change', change, mine?.['token'])
  assert.equal(changed.status, 200)
  assert.equal((await login(server, first)).status, 401)
  assert.equal((await login(server, second)).status, 200)
  const refresh = (one: Answer['body'] | undefined) =>
    request(server, 'POST /refresh', { refresh_token: one?.['refresh_token'] })
  assert.equal((await refresh(changed.body)).status, 200)
  for (const other of others)
    assert.deepEqual(verdict(await refresh(other)), [401, 'session_ended'])
})

test('a token alone changes no password and deletes no user', async () => {
  const { server, tokens } = await withAda()
  await using _ = server
  const token = tokens[0]?.['token']
  const wrong = { current_password: second, new_password: second }
  for (const refused of [
    await request(server, 'POST /password/change', wrong, token),
    await request(server, 'DELETE /me', { password: second }, token),
  ])
    assert.deepEqual(verdict(refused), [403, 'current_password_wrong'])
  const weak = { current_password: first, new_password: 'ada-ada-ada-ada-ada' }
  assert.deepEqual(verdict(await request(server, 'POST /password/change', weak, token)), [
    400,
    'password_personal',
  ])
  for (const line of ['POST /password/change', 'DELETE /me'])
    assert.deepEqual(verdict(await request(server, line, {})), [401, 'token_missing'])
  assert.deepEqual(verdict(await request(server, 'DELETE /me', undefined, token)), [
    415,
    'body_type_wrong',
  ])
  assert.equal((await login(server, first)).status, 200)
})

test('a user changes or removes their e-mail address, with the password', async () => {
  const { server, tokens } = await withAda()
  await using _ = server
  const token = tokens[0]?.['token']
  const change = (email: unknown, password = first) =>
    request(server, 'PATCH /me', { email, current_password: password }, token)
  assert.deepEqual(verdict(await change('eve@example.com', second)), [
    403,
    'current_password_wrong',
  ])
  assert.deepEqual(verdict(await change('eve')), [400, 'email_unacceptable'])
  assert.deepEqual(verdict(await change(undefined)), [400, 'body_invalid'])
  assert.equal((await change('lovelace@example.com')).body['email'], 'lovelace@example.com')
  assert.equal((await change(null)).body['email'], null)
  assert.equal((await request(server, 'GET /me', undefined, token)).body['email'], null)
})

test('a user who deletes themselves loses all sessions, and their name becomes free', async () => {
  const { server, tokens } = await withAda(2)
  await using _ = server
  const [one, other] = tokens
  assert.equal(
    (await request(server, 'DELETE /me', { password: first }, one?.['token'])).status,
    204,
  )
  assert.deepEqual(verdict(await request(server, 'GET /me', undefined, other?.['token'])), [
    401,
    'token_revoked',
  ])
  const change = { current_password: first, new_password: second }
  for (const refused of [
    await request(server, 'POST /password/change', change, other?.['token']),
    await request(server, 'DELETE /me', { password: first }, other?.['token']),
  ])
    assert.deepEqual(verdict(refused), [401, 'token_revoked'])
  const shown = other?.['refresh_token']
  assert.deepEqual(verdict(await request(server, 'POST /refresh', { refresh_token: shown })), [
    401,
    'refresh_token_unknown',
  ])
  assert.deepEqual(verdict(await login(server, first)), [401, 'credentials_wrong'])
  const again = { username: 'Ada', password: second, email: 'ada@example.com' }
  assert.equal((await request(server, 'POST /register', again)).status, 201)
})

test('a password is the same in every Unicode composition', async () => {
  await using server = await testServer(open)
  const composed = 'caf\u00e9 \u1ebf t\u00f9y ch\u1ecdn v\u00e0i'
  const made = { username: 'ada', password: composed.normalize('NFD') }
  assert.equal((await request(server, 'POST /register', made)).status, 201)
  for (const form of ['NFC', 'NFD'])
    assert.equal((await login(server, composed.normalize(form))).status, 200, form)
  assert.equal((await login(server, composed.toUpperCase())).status, 401)
})
