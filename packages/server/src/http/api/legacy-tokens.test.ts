import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from '../../config/load.ts'
import { assertUsable } from '../../policies.ts'
import { testServer, type TestServer } from '../../testing.ts'

const secret = '6b1f0c2e9d7a4835b0f1c6d2e3a49587'
const now = 1_800_000_000 // 2027-01-15
const settings = {
  COUNTERSIGN_TOKENS_LEGACY_SECRET: secret,
  COUNTERSIGN_TOKENS_LEGACY_UNTIL: '2027-01-20',
}
const admin = { username: 'admin', password: 'password' }

/** Signs as the tutorial does with PyJWT. */
function legacyToken(claims: object = { user: 'admin', exp: now + 1800 }): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

async function call(
  server: TestServer,
  path: string,
  {
    token,
    body,
    method = body ? 'POST' : 'GET',
  }: { token?: string; body?: object; method?: string },
) {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
  const response = await server.fetch(new Request(`http://localhost:5000${path}`, init))
  const text = await response.text()
  const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  return { status: response.status, body: json }
}

test('[24.43] a token of the tutorial is honoured until the day, where no session is needed, and counted', async () => {
  const lines: object[] = []
  const add = (facts: object, message: string) => void lines.push({ ...facts, message })
  const log = { info: add, warn: add, error: add }
  await using server = await testServer(settings, undefined, { log })
  const token = legacyToken()
  const greeting = await call(server, '/protected', { token })
  assert.deepEqual(greeting.body, { message: 'Hello, admin. You are authenticated!' })
  assert.equal((await call(server, '/me', { token })).body['username'], 'admin')
  assert.ok(lines.some((line) => 'message' in line && line.message === 'a legacy token was used'))
  assert.doesNotMatch(JSON.stringify(lines), new RegExp(token.slice(-20)))
  for (const [method, path] of [
    ['GET', '/sessions'],
    ['POST', '/logout'],
    ['PATCH', '/me'],
    ['GET', '/admin/users'],
    ['POST', '/me/tokens'],
  ] as const) {
    const answer = await call(server, path, {
      token,
      method,
      ...(method === 'GET' ? {} : { body: {} }),
    })
    assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status}`)
  }
  server.clock.advance(6 * 86_400)
  const long = legacyToken({ user: 'admin', exp: server.clock.now() + 1800 })
  const refused = await call(server, '/protected', { token: long })
  assert.deepEqual([refused.status, refused.body['message']], [401, 'Invalid token!'])
})

test('the log names the claim that a legacy token lacks, and the setting that refuses it', async () => {
  const causes: unknown[] = []
  const add = (facts: object) => void ('likelyCause' in facts && causes.push(facts.likelyCause))
  const log = { info: add, warn: add, error: add }
  await using server = await testServer(settings, undefined, { log })
  for (const claims of [
    { user: 'admin', iat: now },
    { name: 'admin', exp: now + 1800 },
    { user: 'admin', iat: now, exp: now + 86_400 },
  ])
    assert.equal((await call(server, '/me', { token: legacyToken(claims) })).status, 401)
  const [withoutExp, withoutUser, tooLong] = causes.map(String)
  assert.equal(withoutExp, 'the issuer does not write exp')
  assert.match(withoutUser ?? '', /its claim user: tokens\.legacy_claim/)
  assert.match(tooLong ?? '', /tokens\.legacy_lifetime/)
})

test('[24.44] a legacy token ends with its user, and with a new password', async () => {
  await using server = await testServer(settings)
  const signedIn = await call(server, '/login', { body: admin })
  const own = String(signedIn.body['token'])
  const unknown = await call(server, '/me', { token: legacyToken({ user: 'eve', exp: now + 9 }) })
  assert.equal(unknown.status, 401)
  server.clock.advance(60)
  const changed = await call(server, '/password/change', {
    token: own,
    body: { current_password: 'password', new_password: 'a fresh and long passphrase' },
  })
  assert.ok(changed.status < 300, JSON.stringify(changed))
  server.clock.advance(2)
  assert.equal((await call(server, '/protected', { token: legacyToken() })).status, 401)
  const later = legacyToken({ user: 'admin', iat: now + 61, exp: now + 1800 })
  assert.equal((await call(server, '/protected', { token: later })).status, 200)
})

test('[24.44] a legacy token names its user exactly: `Admin` was another one in the former application', async () => {
  await using server = await testServer(settings)
  for (const user of ['Admin', 'ADMIN', '\uFF41dmin', ' admin', 'admin\u0000']) {
    const { status } = await call(server, '/me', { token: legacyToken({ user, exp: now + 9 }) })
    assert.equal(status, 401, user)
  }
})

test('[24.41] a server without the settings refuses legacy tokens, and one with half of them does not start', async () => {
  await using server = await testServer()
  assert.equal((await call(server, '/protected', { token: legacyToken() })).status, 401)
  const usable = (env: Readonly<Record<string, string>>) => () =>
    assertUsable(loadConfig({ mode: 'development', env }), now)
  const { COUNTERSIGN_TOKENS_LEGACY_SECRET: only, ...rest } = settings
  assert.throws(usable({ COUNTERSIGN_TOKENS_LEGACY_SECRET: only }), { code: 'setting_missing' })
  assert.throws(usable(rest), { code: 'setting_missing' })
  for (const [name, value] of [
    ['LEGACY_UNTIL', '2028-06-01'],
    ['LEGACY_UNTIL', 'soon'],
    ['LEGACY_SECRET', 'your_secret_key'],
  ] as const)
    assert.throws(usable({ ...settings, [`COUNTERSIGN_TOKENS_${name}`]: value }), {
      code: 'setting_invalid',
    })
  const key = Buffer.alloc(32, '6b1f0c2e9d7a4835').toString('base64')
  const shared = {
    ...settings,
    COUNTERSIGN_TOKENS_LEGACY_SECRET: key,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
  }
  assert.throws(usable(shared), { code: 'setting_invalid' })
  for (const other of [
    { COUNTERSIGN_METRICS_TOKEN: secret },
    {
      COUNTERSIGN_FEDERATION_GITHUB_CLIENT_ID: 'x',
      COUNTERSIGN_FEDERATION_GITHUB_CLIENT_SECRET: secret,
    },
  ])
    assert.throws(usable({ ...settings, ...other }), { code: 'setting_invalid' })
})
