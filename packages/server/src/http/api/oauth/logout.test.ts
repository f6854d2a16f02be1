import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../api.fixture.ts'
import { openBrowser } from '../../pages/test-browser.fixture.ts'
import { withApplication } from './application.fixture.ts'

const afterLogout = 'https://app.example/signed-out'
const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }

/** Starts a server with a browser that has signed in to an application, and returns the ID token of that. */
async function signedInTo(scope = 'openid profile') {
  const world = await withApplication({ post_logout_redirect_uris: [afterLogout] })
  const browser = openBrowser(world.server)
  const { body } = await world.redeem(await world.authorize({ scope }, browser))
  const url = (query: Readonly<Record<string, string>>) =>
    `/oauth/logout?${new URLSearchParams(query)}`
  const isSignedIn = async () => (await browser.get('/account')).path === '/account'
  return { ...world, browser, body, hint: String(body['id_token']), url, isSignedIn }
}

test('[OA.106] an application signs its user out with the ID token, also one that has expired, and gets its state', async () => {
  const { server, browser, body, hint, url, refresh, isSignedIn } = await signedInTo()
  await using _ = server
  server.clock.advance(3_600)
  const query = { id_token_hint: hint, post_logout_redirect_uri: afterLogout, state: 'a b&c' }
  const left = await browser.get(url(query))
  assert.equal(left.path, `${afterLogout}?state=a+b%26c`)
  assert.deepEqual([...browser.cookies.keys()], ['countersign_device'])
  assert.equal(await isSignedIn(), false)
  assert.equal((await refresh(body['refresh_token'])).body['error'], 'invalid_grant')
  const again = await browser.get(url(query))
  assert.equal(again.path, `${afterLogout}?state=a+b%26c`, 'without a session')
})

test('an application with offline_access signs out of the browser, and keeps its own access', async () => {
  const { server, hint, browser, url, body, refresh, isSignedIn } =
    await signedInTo('openid offline_access')
  await using _ = server
  const left = await browser.get(url({ id_token_hint: hint }))
  assert.match(left.path, /^\/sign-in/)
  assert.equal(await isSignedIn(), false)
  assert.equal((await refresh(body['refresh_token'])).status, 200)
})

test('[21.50] [OA.102] without an ID token of the session, nothing ends before the user agrees', async () => {
  const { server, hint, browser, url, clientId, isSignedIn, authorize, redeem } = await signedInTo()
  await using _ = server
  const elsewhere = (await redeem(await authorize())).body // another browser of the same user
  const forged = `${hint.slice(0, -8)}AAAAAAAA`
  const requests = [
    {},
    { client_id: clientId, post_logout_redirect_uri: afterLogout },
    { id_token_hint: forged },
    { id_token_hint: String(elsewhere['access_token']) },
    { id_token_hint: 'no token' },
  ]
  for (const query of requests) {
    const asked = await browser.get(url(query))
    assert.deepEqual([asked.status, /Sign out\?/.test(asked.text)], [200, true], asked.text)
    assert.equal(await isSignedIn(), true)
    assert.equal((await browser.send('/oauth/logout', query, crossSite)).status, 200)
    const path = `/oauth/logout/confirm?${new URLSearchParams(query)}`
    assert.equal((await browser.send(path, {}, crossSite)).status, 403)
    assert.equal(await isSignedIn(), true)
  }
  const query = { client_id: clientId, post_logout_redirect_uri: afterLogout, state: 's' }
  const asked = await browser.get(url(query))
  assert.match(asked.headers.get('content-security-policy') ?? '', /https:\/\/app\.example/)
  const left = await browser.send(`/oauth/logout/confirm?${new URLSearchParams(query)}`, {})
  assert.equal(left.path, `${afterLogout}?state=s`)
  assert.equal(await isSignedIn(), false)
})

test('[21.50] a request of another site that brings no cookies clears none', async () => {
  const { server, url, clientId } = await signedInTo()
  await using _ = server
  const query = url({ client_id: clientId, post_logout_redirect_uri: afterLogout })
  const answer = await server.fetch(
    new Request(`http://localhost:5000${query}`, { headers: { accept: 'text/html' } }),
  )
  assert.equal(answer.status, 303)
  assert.deepEqual(answer.headers.getSetCookie(), [])
})

test('the ID token of another user, or of another sign-in of the user, makes the page ask', async () => {
  const { server, browser, url, authorize, redeem, isSignedIn } = await signedInTo()
  await using _ = server
  server.clock.advance(1)
  for (const scope of ['openid', 'openid offline_access']) {
    const other = openBrowser(server)
    const { body } = await redeem(await authorize({ scope }, other))
    const asked = await browser.get(url({ id_token_hint: String(body['id_token']) }))
    assert.match(asked.text, /Sign out\?/)
  }
  const admin = openBrowser(server)
  await admin.signIn()
  const { body } = await redeem(await authorize({}, browser))
  const asked = await admin.get(url({ id_token_hint: String(body['id_token']) }))
  assert.match(asked.text, /Sign out\?/)
  assert.equal(await isSignedIn(), true)
})

test('[OA.101] an application may send its request as a form', async () => {
  const { server, browser, hint, isSignedIn } = await signedInTo()
  await using _ = server
  const fields = { id_token_hint: hint, post_logout_redirect_uri: afterLogout, ui_locales: 'de' }
  const left = await browser.send('/oauth/logout', fields, crossSite)
  assert.equal(left.path, afterLogout)
  assert.equal(await isSignedIn(), false)
})

test('[21.51] [OA.104, OA.105, OA.107] a redirect URI that is not one of the application is shown an error, and no session ends', async () => {
  const { server, browser, hint, url, clientId, add, isSignedIn } = await signedInTo()
  await using _ = server
  const other = await add({ name: 'other', post_logout_redirect_uris: ['https://other.example/'] })
  const requests: readonly Readonly<Record<string, string>>[] = [
    { post_logout_redirect_uri: afterLogout },
    { client_id: clientId, post_logout_redirect_uri: 'https://app.example/callback' },
    { id_token_hint: hint, post_logout_redirect_uri: `${afterLogout}/` },
    { id_token_hint: hint, post_logout_redirect_uri: `${afterLogout}?next=https://evil.example` },
    { id_token_hint: hint, post_logout_redirect_uri: 'https://other.example/' },
    { id_token_hint: hint, client_id: String(other['id']) },
    { client_id: 'c_unknown' },
    { client_id: clientId, state: 's'.repeat(1_025) },
  ]
  for (const query of requests) {
    const refused = await browser.get(url(query))
    assert.equal(refused.status, 400, JSON.stringify(query))
    assert.match(refused.text, /cannot be answered/)
    assert.equal(await isSignedIn(), true)
  }
  const repeated = await browser.get(`${url({ client_id: clientId })}&client_id=${clientId}`)
  assert.equal(repeated.status, 400)
})

test('[21.107] an administrator signs everyone out of an application: its tokens and codes are refused, and its users stay signed in', async () => {
  const { server, token, browser, body, clientId, authorize, redeem, refresh, isSignedIn } =
    await signedInTo('openid offline_access')
  await using _ = server
  const code = await authorize({}, browser)
  const own = String(body['access_token'])
  const userinfo = () => request(server, 'GET /oauth/userinfo', { token: own })
  assert.equal((await userinfo()).status, 200)
  const signOut = (id: string, by = token) =>
    request(server, `POST /admin/clients/${id}/sign-out`, { token: by })
  assert.equal((await signOut(clientId, own)).status, 403)
  assert.equal((await signOut('c_unknown')).body['code'], 'client_unknown')
  assert.deepEqual((await signOut(clientId)).body, { ended: 1 })
  assert.equal((await userinfo()).status, 401)
  assert.equal((await refresh(body['refresh_token'])).body['error'], 'invalid_grant')
  assert.equal((await redeem(code)).body['error'], 'invalid_grant')
  assert.equal(await isSignedIn(), true)
  assert.equal((await redeem(await authorize({}, browser))).status, 200)
})
