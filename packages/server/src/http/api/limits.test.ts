import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import { createServer } from '../../compose.ts'
import { testServer, type TestServer } from '../../testing.ts'

const password = 'password'
let spoofed = 0 // a header that every client can send, with another value each time

/** Signs in from an address; answers status, code, and the seconds to wait. */
async function login(
  server: TestServer,
  address: string | undefined,
  body: object = { username: 'admin', password },
) {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': `10.9.8.${spoofed++ % 256}`,
  }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  const httpRequest = new Request('http://localhost/login', init)
  const response = await server.fetch(httpRequest, { address })
  const { code, token } = (await response.json()) as { code?: string; token?: string }
  const wait = response.headers.get('retry-after')
  return { token, answer: [response.status, code, wait && Number(wait)] }
}

const good = [200, undefined, null]
const wrong = [401, 'credentials_wrong', null]

test('an address with too many attempts is refused with Retry-After, and other addresses are not', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_ATTEMPTS: '3/1m' })
  for (let left = 3; left > 0; left--)
    assert.deepEqual((await login(server, '192.0.2.1')).answer, good)
  const refused = [429, 'limit_exceeded', 20]
  assert.deepEqual((await login(server, '192.0.2.1')).answer, refused)
  assert.deepEqual((await login(server, '::ffff:192.0.2.1', { not: 'read' })).answer, refused)
  assert.deepEqual((await login(server, '192.0.2.2')).answer, good)
  server.clock.advance(19)
  assert.deepEqual((await login(server, '192.0.2.1')).answer, [429, 'limit_exceeded', 1])
  server.clock.advance(1)
  assert.deepEqual((await login(server, '192.0.2.1')).answer, good)
})

test('[G52] callers of unknown address share one bucket, twenty times as large, and do not use up that of other callers', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_ATTEMPTS: '1/1h' })
  for (let left = 20; left > 0; left--)
    assert.deepEqual((await login(server, undefined)).answer, good)
  assert.deepEqual((await login(server, undefined)).answer, [429, 'limit_exceeded', 180])
  assert.deepEqual((await login(server, '192.0.2.1')).answer, good)
})

test('[H55] failed attempts wait longer and longer, for known and unknown users alike, in every spelling of the name', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '3' })
  const spellings = {
    '192.0.2.1': ['admin', 'Admin', 'ADMIN', '\uff41\uff44\uff4d\uff49\uff4e'],
    '192.0.2.2': ['nobody', 'Nobody', 'NOBODY', '\uff4e\uff4f\uff42\uff4f\uff44\uff59'],
  }
  for (const [address, names] of Object.entries(spellings)) {
    const answers = []
    for (const username of names)
      answers.push((await login(server, address, { username, password: 'x' })).answer)
    assert.deepEqual(answers, [wrong, wrong, wrong, [429, 'login_delayed', 1]])
  }
  const right = await login(server, '192.0.2.1')
  assert.deepEqual(
    right.answer,
    [429, 'login_delayed', 1],
    'a right password is not looked at either',
  )
  server.clock.advance(1)
  assert.deepEqual((await login(server, '192.0.2.1')).answer, good)
})

test('[H55] of thirty concurrent first attempts five are checked, and the correct password succeeds among many of one user', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '5' })
  const burst = (body: object) =>
    Promise.all(Array.from({ length: 30 }, () => login(server, '192.0.2.1', body)))
  const codes = (await burst({ username: 'admin', password: 'x' })).map(({ answer }) => answer[1])
  assert.equal(codes.filter((code) => code === 'credentials_wrong').length, 5)
  assert.equal(codes.filter((code) => code === 'login_delayed').length, 25)
  server.clock.advance(1)
  for (const { answer } of await burst({ username: 'admin', password }))
    assert.deepEqual(answer, good)
})

test('[H55] attempts from other networks do not lock out a user on a network where they have signed in before', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '2' })
  await login(server, '198.51.100.1')
  const guess = { username: 'admin', password: 'x' }
  for (let from = 0; from < 38; from++)
    assert.deepEqual((await login(server, `10.0.0.${from}`, guess)).answer, wrong)
  assert.deepEqual((await login(server, '10.0.1.1', guess)).answer, [429, 'login_delayed', 1])
  assert.deepEqual((await login(server, '198.51.100.1')).answer, good)
})

test('a user with too many changes is refused with Retry-After, at any address', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_CHANGES: '2/1m' })
  const { token } = await login(server, '192.0.2.1')
  const request = async (address: string, method: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const httpRequest = new Request('http://localhost/sessions', { method, headers })
    return (await server.fetch(httpRequest, { address })).status
  }
  assert.equal(await request('192.0.2.1', 'DELETE'), 200)
  assert.equal(await request('192.0.2.2', 'DELETE'), 200)
  assert.equal(await request('192.0.2.3', 'DELETE'), 429)
  assert.equal(await request('192.0.2.3', 'GET'), 200)
})

test('each limit can be disabled', async () => {
  await using server = await testServer({
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
    COUNTERSIGN_LIMITS_CHANGES: '0',
    COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0',
    COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '2',
  })
  const guess = { username: 'admin', password: 'x' }
  for (let left = 9; left > 0; left--)
    assert.deepEqual((await login(server, '192.0.2.1', guess)).answer, wrong)
})

test('a session shows the address it was started from', async () => {
  await using server = await testServer()
  const { token } = await login(server, '::ffff:192.0.2.1')
  const headers = { authorization: `Bearer ${token}` }
  const response = await server.fetch(new Request('http://localhost/sessions', { headers }))
  const { sessions } = (await response.json()) as { sessions: readonly { address: string }[] }
  assert.deepEqual(
    sessions.map(({ address }) => address),
    ['192.0.2.1'],
  )
})

test('the stored limits contain neither user names nor addresses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const file = join(folder, 'x.db')
  {
    await using server = await testServer({ COUNTERSIGN_DATABASE_URL: `sqlite:${file}` })
    await login(server, '192.0.2.1')
    await login(server, '192.0.2.2', { username: 'admin', password: 'x' })
  }
  using opened = new DatabaseSync(file)
  const rows = opened.prepare('select * from limits').all()
  assert.equal(
    rows.length,
    8,
    'two addresses, a known network, a wrong password, one for all others, the refusals of a network, and two markers of the device',
  )
  for (const { key } of rows) assert.match(String(key), /^[\w-]{43}$/)
  rmSync(folder, { recursive: true })
})

test('of too many concurrent sign-ins, some are refused with Retry-After 1, and the others are served', async () => {
  const env = { COUNTERSIGN_DATABASE_URL: 'sqlite::memory:', COUNTERSIGN_LOG_LEVEL: 'silent' }
  await using server = await createServer(loadConfig({ mode: 'development', env }))
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ username: 'admin', password: 'password' })
  const signIn = () =>
    server.fetch(new Request('http://localhost/login', { method: 'POST', headers, body }))
  const answers = await Promise.all(Array.from({ length: 200 }, signIn))
  const served = answers.filter(({ status }) => status === 200)
  assert.ok(served.length >= 64, 'queued sign-ins are served')
  const refused = answers.filter((one) => !served.includes(one))
  assert.ok(refused.length > 0)
  for (const one of refused) {
    assert.equal(one.status, 503)
    assert.equal(one.headers.get('retry-after'), '1')
    assert.equal(((await one.json()) as { code: string }).code, 'busy')
  }
  assert.equal((await signIn()).status, 200)
})
