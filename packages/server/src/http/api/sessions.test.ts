import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'

const day = 86_400 // seconds

interface Answer {
  readonly status: number
  readonly code?: string
  readonly token?: string
  readonly refresh_token?: string
  readonly expires_in?: number
  readonly sessions?: readonly { readonly id: string; readonly current: boolean }[]
  readonly ended?: number
}

/** A client with an optional token. */
function caller(server: TestServer, token?: string) {
  return async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    }
    const sent = body === undefined ? null : JSON.stringify(body)
    const httpRequest = new Request(`http://localhost${path}`, { method, headers, body: sent })
    const response = await server.fetch(httpRequest)
    const text = await response.text()
    return { status: response.status, ...(text ? (JSON.parse(text) as object) : {}) }
  }
}

async function signIn(server: TestServer) {
  const anyone = caller(server)
  const body = { username: 'admin', password: 'password' }
  const { token = '', refresh_token = '' } = await anyone('POST', '/login', body)
  return { request: caller(server, token), token, refreshToken: refresh_token }
}

const refresh = async (server: TestServer, text: string | undefined) =>
  caller(server)('POST', '/refresh', { refresh_token: text })

test('a client stays signed in by exchanging one refresh token for the next', async () => {
  await using server = await testServer()
  let { refreshToken } = await signIn(server)
  for (let week = 0; week < 12; week++) {
    server.clock.advance(7 * day)
    const { status, token, refresh_token, expires_in } = await refresh(server, refreshToken)
    assert.equal(status, 200)
    assert.equal(expires_in, 900)
    assert.notEqual(refresh_token, refreshToken)
    assert.equal((await caller(server, token)('GET', '/me')).status, 200)
    refreshToken = refresh_token ?? ''
  }
  server.clock.advance(6 * day - 60)
  const last = await refresh(server, refreshToken)
  assert.equal(last.expires_in, 60, 'no token lives longer than its session')
  server.clock.advance(60)
  const over = await refresh(server, last.refresh_token)
  assert.deepEqual([over.status, over.code], [401, 'refresh_token_expired'])
})

test('a session that is idle for two weeks has ended', async () => {
  await using server = await testServer()
  const { refreshToken } = await signIn(server)
  server.clock.advance(14 * day)
  assert.equal((await refresh(server, refreshToken)).code, 'refresh_token_expired')
})

test('a retry of a refresh whose response was lost gets the same tokens', async () => {
  await using server = await testServer()
  const { refreshToken } = await signIn(server)
  const lost = await refresh(server, refreshToken)
  server.clock.advance(9)
  const again = await refresh(server, refreshToken)
  assert.equal(again.refresh_token, lost.refresh_token)
  const next = await refresh(server, again.refresh_token)
  const late = await refresh(server, refreshToken)
  assert.equal(late.refresh_token, next.refresh_token, 'and the newest one, where it went on')
})

test('a stolen refresh token ends the session for both', async () => {
  await using server = await testServer()
  const { refreshToken: stolen } = await signIn(server)
  const { refresh_token: owners } = await refresh(server, stolen)
  server.clock.advance(10)
  const thief = await refresh(server, stolen)
  assert.deepEqual([thief.status, thief.code], [401, 'refresh_token_reused'])
  assert.equal((await refresh(server, owners)).code, 'session_ended')
  assert.equal((await refresh(server, stolen)).code, 'session_ended')
})

test('a damaged refresh token is refused, and its session continues', async () => {
  await using server = await testServer()
  const { refreshToken } = await signIn(server)
  for (const odd of [
    refreshToken.slice(0, -1),
    `${refreshToken}x`,
    refreshToken.toLowerCase(),
    'x',
  ])
    assert.equal((await refresh(server, odd)).code, 'refresh_token_unknown')
  assert.equal((await refresh(server, refreshToken)).status, 200)
})

test('a client that refreshes too often is refused with Retry-After, and keeps its session', async () => {
  await using server = await testServer()
  let { refreshToken } = await signIn(server)
  for (let at = 0; at < 16; at++)
    refreshToken = (await refresh(server, refreshToken)).refresh_token ?? ''
  const { status, code } = await refresh(server, refreshToken)
  assert.deepEqual([status, code], [429, 'refresh_too_often'])
  server.clock.advance(10)
  assert.equal((await refresh(server, refreshToken)).status, 200)
})

test('signing out ends the session by either token, and is idempotent', async () => {
  await using server = await testServer()
  const [one, two, other] = [await signIn(server), await signIn(server), await signIn(server)]
  assert.equal((await one.request('POST', '/logout')).status, 204)
  assert.equal((await one.request('POST', '/logout', {})).status, 204)
  const byRefresh = { refresh_token: two.refreshToken }
  assert.equal((await caller(server)('POST', '/logout', byRefresh)).status, 204)
  assert.equal((await caller(server)('POST', '/logout', byRefresh)).status, 204)
  assert.equal((await refresh(server, one.refreshToken)).code, 'session_ended')
  assert.equal((await refresh(server, two.refreshToken)).code, 'session_ended')
  assert.equal((await refresh(server, other.refreshToken)).status, 200)
  assert.equal((await caller(server)('POST', '/logout')).code, 'nothing_to_end')
  assert.equal((await caller(server, 'bad')('POST', '/logout')).status, 401)
})

test('signing out everywhere ends every session of this user', async () => {
  await using server = await testServer()
  const [one, two] = [await signIn(server), await signIn(server)]
  assert.equal((await one.request('POST', '/logout', { everywhere: true })).status, 204)
  for (const { refreshToken } of [one, two])
    assert.equal((await refresh(server, refreshToken)).code, 'session_ended')
})

test('a user lists their sessions, and ends one or all others', async () => {
  await using server = await testServer()
  const [mine, lost, third] = [await signIn(server), await signIn(server), await signIn(server)]
  const { sessions = [] } = await mine.request('GET', '/sessions')
  assert.equal(sessions.length, 3)
  const current = sessions.find((one) => one.current)
  const { id: _id, ...shown } = current as object & { id: string }
  assert.deepEqual(shown, {
    current: true,
    device: 'Firefox on Linux',
    address: null,
    created_at: 1_800_000_000,
    last_used_at: 1_800_000_000,
    expires_at: 1_800_000_000 + 14 * day,
    amr: ['pwd'],
  })
  const lostId = (await lost.request('GET', '/sessions')).sessions?.find((one) => one.current)?.id
  assert.equal((await mine.request('DELETE', `/sessions/${lostId}`)).status, 204)
  assert.equal((await refresh(server, lost.refreshToken)).code, 'session_ended')
  assert.deepEqual(await mine.request('DELETE', '/sessions'), { status: 200, ended: 1 })
  assert.equal((await refresh(server, third.refreshToken)).code, 'session_ended')
  assert.equal((await refresh(server, mine.refreshToken)).status, 200)
  assert.equal((await mine.request('DELETE', '/sessions/s_nobody')).code, 'session_unknown')
})
