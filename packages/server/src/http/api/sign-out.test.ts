import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import {
  accessCookie,
  refreshCookie,
  openBrowser,
  sameOrigin,
} from '../pages/test-browser.fixture.ts'
import { request } from './api.fixture.ts'

const shortIdle = { COUNTERSIGN_SESSIONS_IDLE_LIFETIME: '1m' }

/** Opens a server whose sessions are idle after a minute, and signs in. */
async function signedIn() {
  const server = await testServer(shortIdle)
  const signIn = async () => {
    const body = { username: 'admin', password: 'password' }
    const { body: tokens } = await request(server, 'POST /login', { body })
    return {
      token: String(tokens['token']),
      refreshToken: String(tokens['refresh_token']),
      expiresIn: Number(tokens['expires_in']),
    }
  }
  const codeOfRefresh = async (refreshToken: string) =>
    (await request(server, 'POST /refresh', { body: { refresh_token: refreshToken } })).code
  return { server, signIn, codeOfRefresh, ...(await signIn()) }
}

test('[18.1] no access token outlives the idle end of its session', async () => {
  const { server, expiresIn, refreshToken } = await signedIn()
  await using _ = server
  assert.equal(expiresIn, 60)
  server.clock.advance(59)
  const body = { refresh_token: refreshToken }
  const refreshed = await request(server, 'POST /refresh', { body })
  assert.equal(refreshed.body['expires_in'], 60, 'a refresh postpones the idle end')
})

test('[18.1] signing out ends a session that is idle-expired, by each of its tokens', async () => {
  const { server, signIn, codeOfRefresh, ...first } = await signedIn()
  await using _ = server
  const [second, third, fourth] = [await signIn(), await signIn(), await signIn()]
  server.clock.advance(60)
  const { token } = first
  assert.equal((await request(server, 'GET /me', { token })).status, 200, 'within the leeway')
  assert.equal((await request(server, 'POST /logout', { token })).status, 204)
  assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked')
  assert.equal(await codeOfRefresh(first.refreshToken), 'session_ended')

  const body = { refresh_token: second.refreshToken }
  assert.equal((await request(server, 'POST /logout', { body })).status, 204)
  assert.equal((await request(server, 'GET /me', { token: second.token })).code, 'token_revoked')

  const everywhere = { token: third.token, body: { everywhere: true } }
  assert.equal((await request(server, 'POST /logout', everywhere)).status, 204)
  assert.equal((await request(server, 'GET /me', { token: fourth.token })).code, 'token_revoked')
})

test('[18.8] a used-up refresh token that signs out ends its own session, as reused, and no other', async () => {
  await using server = await testServer()
  const body = { username: 'admin', password: 'password' }
  const signIn = async () => (await request(server, 'POST /login', { body })).body
  const refresh = async (refresh_token: unknown) =>
    request(server, 'POST /refresh', { body: { refresh_token } })
  const [stolen, other] = [await signIn(), await signIn()]
  const { body: owners } = await refresh(stolen['refresh_token'])
  server.clock.advance(10)
  const everywhere = { refresh_token: stolen['refresh_token'], everywhere: true }
  assert.equal((await request(server, 'POST /logout', { body: everywhere })).status, 204)
  assert.equal((await refresh(owners['refresh_token'])).code, 'session_ended')
  assert.equal((await refresh(other['refresh_token'])).status, 200, 'the others live on')
  const token = String(other['token'])
  const { body: log } = await request(server, 'GET /admin/audit-log', { token })
  const types = (log['entries'] as { readonly type: string }[]).map(({ type }) => type)
  assert.ok(types.includes('refresh_reused') && !types.includes('logout'), types.join(' '))

  const [mine, third] = [await signIn(), await signIn()]
  await refresh(mine['refresh_token'])
  const retry = { refresh_token: mine['refresh_token'], everywhere: true }
  await request(server, 'POST /logout', { body: retry })
  assert.equal((await refresh(third['refresh_token'])).code, 'session_ended', 'within the grace')
})

test('[18.1] a page signs out of a session that is idle-expired, and a new sign-in replaces it', async () => {
  await using server = await testServer(shortIdle)
  const leave = {
    'signing out': (browser: ReturnType<typeof openBrowser>) => browser.send('/sign-out', {}),
    'signing in again': (browser: ReturnType<typeof openBrowser>) => browser.signIn(),
  }
  for (const [what, act] of Object.entries(leave)) {
    const browser = openBrowser(server)
    await browser.signIn()
    const token = browser.cookies.get(accessCookie)
    const refreshToken = browser.cookies.get(refreshCookie)
    server.clock.advance(60)
    await act(browser)
    assert.equal((await request(server, 'GET /me', { token })).code, 'token_revoked', what)
    const body = { refresh_token: refreshToken }
    assert.equal((await request(server, 'POST /refresh', { body })).code, 'session_ended', what)
  }
})

test('[18.1] the cookie of an idle-expired session signs it out over the API', async () => {
  await using server = await testServer(shortIdle)
  const browser = openBrowser(server)
  await browser.signIn()
  const cookie = `${refreshCookie}=${browser.cookies.get(refreshCookie)}`
  server.clock.advance(60)
  const headers = { cookie, ...sameOrigin }
  const sent = new Request('http://localhost:5000/logout', { method: 'POST', headers })
  assert.equal((await server.fetch(sent)).status, 204)
  const body = { refresh_token: browser.cookies.get(refreshCookie) }
  assert.equal((await request(server, 'POST /refresh', { body })).code, 'session_ended')
})
