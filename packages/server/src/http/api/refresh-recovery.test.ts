import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import {
  accessCookie,
  refreshCookie,
  openBrowser,
  sameOrigin,
} from '../pages/test-browser.fixture.ts'
import { request, signIn } from './api.fixture.ts'

const key = '3018271120-1746582-3365918463-90817263' // as the client makes them
const otherKey = 'another-key-of-a-thief-who-guesses'

/** Opens a server, signs in, and exchanges refresh tokens with and without an idempotency key. */
async function signedIn() {
  const server = await testServer()
  const body = { username: 'admin', password: 'password' }
  const { body: first } = await request(server, 'POST /login', { body })
  const exchange = async (refresh_token: unknown, idempotency_key?: string) => {
    const sent = idempotency_key === undefined ? {} : { idempotency_key }
    const response = await request(server, 'POST /refresh', { body: { refresh_token, ...sent } })
    const { refresh_token: refreshToken, token } = response.body
    return { code: response.code, refreshToken, token: String(token) }
  }
  const isAccepted = async (token: string) =>
    (await request(server, 'GET /me', { token })).status === 200
  return { server, first: first['refresh_token'], exchange, isAccepted }
}

test('[18.11] a client whose refresh was never answered repeats it with its key, however late, and again', async () => {
  const { server, first, exchange } = await signedIn()
  await using _ = server
  await exchange(first, key) // the response is lost
  for (const seconds of [11, 600, 86_400]) {
    server.clock.advance(seconds)
    const { code, refreshToken } = await exchange(first, key)
    assert.equal(code, undefined, `${seconds} seconds later`)
    assert.equal((await exchange(first, key)).refreshToken, refreshToken, 'within the grace')
  }
  const { refreshToken } = await exchange(first, key)
  server.clock.advance(11)
  const next = await exchange(refreshToken, otherKey)
  assert.equal(next.code, undefined)
})

test('[18.11] a thief without the key gains nothing: a late token ends the session, as before', async () => {
  for (const [story, guess] of [
    ['no key', undefined],
    ['another key', otherKey],
  ] as const) {
    const { server, first, exchange } = await signedIn()
    await using _ = server
    await exchange(first, key)
    server.clock.advance(11)
    assert.equal((await exchange(first, guess)).code, 'refresh_token_reused', story)
    assert.equal((await exchange(first, key)).code, 'session_ended', story)
  }
})

test('[18.11] a key that was not sent with the first use proves nothing, nor does a short one', async () => {
  const { server, first, exchange } = await signedIn()
  await using _ = server
  for (const guessable of ['short', ' '.repeat(22)])
    assert.equal((await exchange(first, guessable)).code, 'body_invalid')
  await exchange(first)
  server.clock.advance(11)
  assert.equal((await exchange(first, key)).code, 'refresh_token_reused')
})

test('[18.11] once the successor was used, the key proves nothing more', async () => {
  const { server, first, exchange } = await signedIn()
  await using _ = server
  const { refreshToken: successor } = await exchange(first, key)
  await exchange(successor, otherKey)
  server.clock.advance(11)
  assert.equal((await exchange(first, key)).code, 'refresh_token_reused')
})

test('[18.11] a late repeat takes everything from who got the lost response: its tokens are over', async () => {
  for (const seconds of [0, 1, 11]) {
    const { server, first, exchange, isAccepted } = await signedIn()
    await using _ = server
    const intercepted = await exchange(first, key)
    server.clock.advance(11)
    const owners = await exchange(first, key)
    assert.equal(await isAccepted(intercepted.token), false, 'its access token is revoked')
    assert.equal(await isAccepted(owners.token), true)
    server.clock.advance(seconds)
    assert.equal((await exchange(intercepted.refreshToken)).code, 'refresh_token_reused')
    assert.equal((await exchange(owners.refreshToken)).code, 'session_ended', 'and it was noticed')
  }
})

test('[18.11] with cookies the key is the whole body', async () => {
  await using server = await testServer()
  const browser = openBrowser(server)
  await browser.signIn()
  const cookie = `${refreshCookie}=${browser.cookies.get(refreshCookie)}`
  const exchange = async (body: object, from: Record<string, string> = sameOrigin) => {
    const headers = { cookie, 'content-type': 'application/json', ...from }
    const sent = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await server.fetch(new Request('http://localhost:5000/refresh', sent))
    assert.equal(
      response.headers.getSetCookie().some((one) => one.startsWith(accessCookie)),
      response.ok,
    )
    return response.status
  }
  assert.equal(await exchange({ idempotency_key: key }), 200)
  server.clock.advance(11)
  assert.equal(await exchange({ idempotency_key: key }, { origin: 'https://evil.example' }), 403)
  assert.equal(await exchange({ idempotency_key: key }), 200)
  server.clock.advance(11)
  assert.equal(await exchange({}), 401)
})

test('[18.11] signing out everywhere with an unanswered refresh token and its key signs out everywhere', async () => {
  const { server, first, exchange, isAccepted } = await signedIn()
  await using _ = server
  const other = await signIn(server)
  await exchange(first, key)
  server.clock.advance(11)
  const body = { refresh_token: first, idempotency_key: key, everywhere: true }
  assert.equal((await request(server, 'POST /logout', { body })).status, 204)
  assert.equal(await isAccepted(other), false)
})
