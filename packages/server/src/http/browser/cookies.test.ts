import { cookieNamesOf } from '@countersign/guard'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'

const own = 'http://localhost:5000' // the issuer's origin
const { access: accessCookie, refresh: refreshCookie, device: deviceCookie } = cookieNamesOf(own)
const admin = { username: 'admin', password: 'password' }
const sameOrigin = { origin: own, 'sec-fetch-site': 'same-origin' }

type Headers = Readonly<Record<string, string>>
type Jar = ReadonlyMap<string, string>

const cookie = (jar: Jar): Headers => ({
  cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
})

/** Sends one request; returns the response, and the cookies that a browser would then have. */
async function request(
  server: TestServer,
  line: string,
  { headers = sameOrigin, body, jar = new Map() }: { headers?: Headers; body?: unknown; jar?: Jar },
) {
  const [method = '', path = ''] = line.split(' ')
  const all = {
    ...cookie(jar),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  }
  const sent = body === undefined ? null : JSON.stringify(body)
  const httpRequest = new Request(`http://localhost:5000${path}`, {
    method,
    headers: all,
    body: sent,
  })
  const response = await server.fetch(httpRequest)
  const text = await response.text()
  const answer = (text ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>>
  const lines = response.headers.getSetCookie()
  const next = new Map(jar)
  for (const one of lines) {
    const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(one) ?? []
    if (rest.includes('Max-Age=0;')) next.delete(name)
    else next.set(name, value)
  }
  return { status: response.status, answer, code: answer['code'], lines, jar: next }
}

const signIn = (server: TestServer, jar?: Jar) =>
  request(server, 'POST /login', {
    body: { ...admin, cookies: true },
    ...(jar === undefined ? {} : { jar }),
  })

test('a browser that signs in again ends the session of its earlier cookies, of any user, and other sites cannot', async () => {
  await using server = await testServer()
  const [first, elsewhere] = [await signIn(server), await signIn(server)]
  const status = async ({ jar }: { jar: Jar }) => (await request(server, 'GET /me', { jar })).status
  const crossSite = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const body = { ...admin, cookies: true }
  const forged = await request(server, 'POST /login', { body, jar: first.jar, headers: crossSite })
  assert.equal(forged.code, 'cookies_cross_site')
  const wrong = { ...body, password: 'x' }
  assert.equal((await request(server, 'POST /login', { body: wrong, jar: first.jar })).status, 401)
  await request(server, 'POST /login', { body: admin, jar: first.jar })
  assert.equal(
    await status(first),
    200,
    'not by another site, a wrong password or tokens that are no cookies',
  )

  const second = await signIn(server, first.jar)
  assert.equal(await status(first), 401)
  assert.equal((await request(server, 'POST /refresh', { jar: first.jar })).code, 'session_ended')
  assert.deepEqual([await status(second), await status(elsewhere)], [200, 200])

  const ada = { username: 'ada', password: 'correct horse battery' }
  const made = await request(server, 'POST /admin/users', { body: ada, jar: second.jar })
  assert.equal(made.status, 201)
  const hers = await request(server, 'POST /login', {
    body: { ...ada, cookies: true },
    jar: second.jar,
  })
  assert.deepEqual([await status(second), await status(hers)], [401, 200])
})

test('a browser signs in, reads, writes, refreshes and signs out with HttpOnly cookies', async () => {
  await using server = await testServer()
  const { status, answer, lines, jar } = await signIn(server)
  assert.equal(status, 200)
  assert.deepEqual(answer, {
    token_type: 'Cookie',
    expires_in: 900,
    server_time: 1_800_000_000,
  })
  const flags = lines.map((line) => line.replace(/=[^;]+/, ''))
  assert.deepEqual(flags, [
    `${accessCookie}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax`,
    `${refreshCookie}; Max-Age=7776000; Path=/; HttpOnly; SameSite=Strict`,
    `${deviceCookie}; Max-Age=15552000; Path=/; HttpOnly; SameSite=Strict`,
  ])
  assert.equal((await request(server, 'GET /me', { jar, headers: {} })).status, 200)

  server.clock.advance(1000)
  assert.equal((await request(server, 'GET /me', { jar })).code, 'token_expired')
  const refreshed = await request(server, 'POST /refresh', { jar })
  assert.deepEqual(refreshed.answer, {
    token_type: 'Cookie',
    expires_in: 900,
    server_time: 1_800_001_000,
  })
  assert.notEqual(refreshed.jar.get(refreshCookie), jar.get(refreshCookie))
  assert.match(refreshed.lines[1] ?? '', /Max-Age=7775000;/)
  assert.equal((await request(server, 'DELETE /sessions', { jar: refreshed.jar })).status, 200)

  const out = await request(server, 'POST /logout', { jar: refreshed.jar })
  assert.equal(out.status, 204)
  assert.deepEqual([...out.jar.keys()], [deviceCookie])
  assert.equal(
    (await request(server, 'POST /refresh', { jar: refreshed.jar })).code,
    'session_ended',
    'and the session is over, not only forgotten',
  )
})

test('tokens in bodies have no cookies, and come with the server time', async () => {
  await using server = await testServer()
  for (const body of [admin, { ...admin, cookies: false }]) {
    const { answer, lines } = await request(server, 'POST /login', { body, headers: {} })
    const { token, refresh_token, ...rest } = answer
    assert.match(String(token), /^ey/)
    assert.match(String(refresh_token), /^csrt_/)
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, server_time: 1_800_000_000 })
    assert.deepEqual(lines, [])
  }
})

const foreign: readonly (readonly [string, Headers])[] = [
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['a neighbouring site', { origin: 'http://evil.localhost', 'sec-fetch-site': 'same-site' }],
  ['another site, in a browser without Sec-Fetch-Site', { origin: 'https://evil.example' }],
  ['a page without an origin', { origin: 'null' }],
  ['another port', { origin: 'http://localhost:5001' }],
  ['another scheme', { origin: 'https://localhost:5000' }],
  ['a name that begins alike', { origin: 'http://localhost:5000.evil.example' }],
  ['an origin with more behind it', { origin: 'http://localhost:5000/x' }],
  ['two origins', { origin: `${own}, https://evil.example` }],
  ['no browser at all', {}],
  [
    'a Host that was made to fit by who sends it',
    { origin: 'https://192.0.2.66', host: '192.0.2.66', 'x-forwarded-host': '192.0.2.66' },
  ],
]

test('[G50] no other site signs a browser in or out, refreshes, or changes anything with its cookies', async () => {
  await using server = await testServer()
  const { jar } = await signIn(server)
  const onlyRefresh = new Map([...jar].filter(([name]) => name === refreshCookie))
  for (const [who, headers] of foreign) {
    const login = await request(server, 'POST /login', {
      headers,
      body: { ...admin, cookies: true },
    })
    assert.deepEqual([login.status, login.code], [403, 'cookies_cross_site'], who)
    assert.deepEqual(login.lines, [], who)
    const refused = [
      [await request(server, 'POST /refresh', { headers, jar }), 'cookies_cross_site'],
      [await request(server, 'POST /logout', { headers, jar }), 'request_cross_site'],
      [await request(server, 'POST /logout', { headers, jar: onlyRefresh }), 'cookies_cross_site'],
      [await request(server, 'DELETE /sessions', { headers, jar }), 'request_cross_site'],
      [await request(server, 'DELETE /me', { headers, jar, body: admin }), 'request_cross_site'],
    ] as const
    for (const [{ status, code, lines }, expected] of refused) {
      assert.deepEqual([status, code], [403, expected], who)
      assert.deepEqual(lines, [], who)
    }
  }
  assert.equal(
    (await request(server, 'POST /refresh', { jar })).status,
    200,
    'and nothing was lost',
  )
})

test('[G51] a sign-in starts a new session, also if cookies were planted', async () => {
  await using server = await testServer()
  const planted = (await signIn(server)).jar
  const { jar } = await signIn(server, planted)
  for (const name of [accessCookie, refreshCookie])
    assert.notEqual(jar.get(name), planted.get(name))
  const { answer } = await request(server, 'GET /sessions', { jar })
  assert.equal(
    (answer['sessions'] as readonly unknown[]).length,
    1,
    'that of the planted ones has ended',
  )
  assert.equal((await request(server, 'POST /logout', { jar: planted })).status, 204)
  assert.equal((await request(server, 'POST /refresh', { jar })).status, 200)
  const twice = { ...sameOrigin, cookie: `${refreshCookie}=a; ${refreshCookie}=b` }
  for (const line of ['POST /refresh', 'POST /logout']) {
    const { status, code } = await request(server, line, { headers: twice })
    assert.deepEqual([status, code], [400, 'cookie_ambiguous'])
  }
})

test('a refresh without a token fails with refresh_token_missing, and a body takes precedence over the cookie', async () => {
  await using server = await testServer()
  const { jar } = await signIn(server)
  const missing = await request(server, 'POST /refresh', {})
  assert.deepEqual([missing.status, missing.code], [401, 'refresh_token_missing'])
  const body = { refresh_token: 'csrt_x' }
  assert.equal(
    (await request(server, 'POST /refresh', { jar, body })).code,
    'refresh_token_unknown',
  )
  const token = jar.get(refreshCookie)
  const shown = await request(server, 'POST /refresh', { jar, body: { refresh_token: token } })
  assert.equal(shown.answer['token_type'], 'Bearer')
  assert.deepEqual(shown.lines, [])
})

test('signing out deletes expired and revoked cookies', async () => {
  await using server = await testServer()
  const { jar } = await signIn(server)
  server.clock.advance(1000)
  const late = await request(server, 'POST /logout', { jar })
  assert.deepEqual([late.status, [...late.jar.keys()]], [204, [deviceCookie]])
  assert.equal((await request(server, 'POST /refresh', { jar })).code, 'session_ended')
  const bad = new Map([[accessCookie, 'x.y.z']])
  const { status, jar: left } = await request(server, 'POST /logout', { jar: bad })
  assert.deepEqual([status, [...left]], [204, []])
})

test('a token that is too large for browsers is not set as a cookie', async () => {
  await using server = await testServer({ COUNTERSIGN_KEYS_ALGORITHMS: 'ML-DSA-65' })
  const { status, lines } = await signIn(server)
  assert.deepEqual([status, lines], [500, []])
  assert.equal((await request(server, 'POST /login', { body: admin })).status, 200)
})
