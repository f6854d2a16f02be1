import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceGrant } from '../../../domain/clients/client.ts'
import { askedUser, openBrowser, type TestBrowser } from '../../pages/test-browser.fixture.ts'
import { request } from '../api.fixture.ts'
import { withApplication } from './application.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

const issuer = 'http://localhost:5000'
const password = 'correct horse battery'

/** Starts a server with the user ada and a program that cannot open a browser. */
async function withDevice(env: Readonly<Record<string, string>> = {}) {
  const device = { name: 'tool', grants: [deviceGrant], redirect_uris: undefined }
  const world = await withApplication(device, env)
  const { server, clientId } = world
  const begin = (change: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/device', {
      client_id: clientId,
      scope: 'openid profile',
      resource: issuer,
      ...change,
    })
  const poll = (code: unknown, change: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/token', {
      grant_type: deviceGrant,
      client_id: clientId,
      device_code: String(code),
      ...change,
    })
  const errorOf = async (code: unknown, change: Readonly<Record<string, string>> = {}) => {
    const { status, body } = await poll(code, change)
    return `${status} ${String(body['error'])}`
  }
  return { ...world, begin, poll, errorOf }
}

/** Types a code on the page of a signed-in browser, and sends the answer. */
async function answer(browser: TestBrowser, userCode: unknown, decision: string, user?: string) {
  const asked = await browser.send('/device', { user_code: String(userCode) })
  const fields = { user_code: String(userCode), user: user ?? askedUser(asked), decision }
  return { asked, answered: await browser.send('/device/answer', fields) }
}

test('[21.20] [21.22] [21.25] [OA.70, OA.71, OA.72, OA.74] a user signs in on another device: types the code, sees who asks, and allows it once', async () => {
  const { server, begin, poll, errorOf, refresh, userId, clientId } = await withDevice()
  await using _ = server
  const begun = await begin()
  assert.equal(begun.status, 200, JSON.stringify(begun.body))
  assert.equal(begun.headers.get('cache-control'), 'no-store')
  const { device_code: code, user_code: shown, ...others } = begun.body
  assert.deepEqual(others, {
    verification_uri: `${issuer}/device`,
    verification_uri_complete: `${issuer}/device?user_code=${String(shown)}`,
    expires_in: 600,
    interval: 5,
  })
  assert.match(String(shown), /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.equal(await errorOf(code), '400 authorization_pending')
  assert.equal(await errorOf(code), '400 slow_down')
  server.clock.advance(9)
  assert.equal(await errorOf(code), '400 slow_down', 'the interval is 10 seconds now')
  server.clock.advance(15)
  assert.equal(await errorOf(code), '400 authorization_pending', 'it was 15')

  const browser = openBrowser(server)
  const complete = `/device?user_code=${String(shown)}`
  const signIn = await browser.get(complete)
  const returnTo = new URLSearchParams(signIn.path.split('?')[1]).get('return_to') ?? ''
  const opened = await browser.send('/sign-in', { username: 'ada', password, return_to: returnTo })
  assert.equal(opened.path, complete)
  assert.match(opened.text, new RegExp(`value="${String(shown)}"`))
  const telling = /tool|<script(?![^>]*\/fields\.js")/ // that script shows passwords and copies secrets
  assert.doesNotMatch(opened.text, telling, 'opening the page tells nothing of the program')
  const typed = String(shown).toLowerCase().replace('-', ' ')
  const { asked, answered } = await answer(browser, typed, 'allow')
  assert.match(
    asked.text,
    /Sign in to tool on another device\?[\s\S]*see your user name[\s\S]*started it yourself[\s\S]*another person/,
  )
  assert.match(asked.text, new RegExp(String(shown)))
  assert.match(answered.text, /The device is signed in/)

  const { status, body } = await poll(code)
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body['token_type'], body['scope']], ['Bearer', 'openid profile'])
  assert.ok(body['id_token'])
  const info = await request(server, 'GET /oauth/userinfo', { token: String(body['access_token']) })
  assert.equal(info.body['sub'], userId)
  assert.equal(await errorOf(code), '400 invalid_grant', 'one redemption')
  const again = await browser.send('/device', { user_code: String(shown) })
  assert.match(again.text, /wrong, expired or already used/)
  const next = await refresh(body['refresh_token'])
  assert.equal(next.status, 200, 'a second use ends nothing')
  assert.match((await browser.get('/account/applications')).text, /tool/)
  await browser.send('/account/applications/disconnect', { application: clientId })
  const ended = await refresh(next.body['refresh_token'])
  assert.equal(ended.body['error'], 'invalid_grant')
})

test('[21.20] [OA.73] a device code is for its client, for ten minutes, and for what it was asked for', async () => {
  const { server, begin, errorOf, add } = await withDevice()
  await using _ = server
  const other = await add({ name: 'other', grants: [deviceGrant], redirect_uris: undefined })
  const wiki = await add({ name: 'wiki' })
  const refusal = async (change: Readonly<Record<string, string>>) =>
    (await begin(change)).body['error']
  assert.equal(await refusal({ client_id: 'c_none' }), 'invalid_client')
  assert.equal(await refusal({ client_id: String(wiki['id']) }), 'unauthorized_client')
  assert.equal(await refusal({ scope: 'openid admin:users' }), 'invalid_scope')
  assert.equal(await refusal({ scope: 'notes:read' }), 'invalid_scope') // of another resource
  assert.equal(await refusal({ resource: 'https://other.example' }), 'invalid_target')
  assert.equal(await refusal({ resource: '' }), 'invalid_target') // it has two

  const { device_code: code } = (await begin({ resource: audience, scope: 'notes:read' })).body
  assert.equal(await errorOf(code, { client_id: String(other['id']) }), '400 invalid_grant')
  assert.equal(await errorOf(`${String(code)}x`), '400 invalid_grant')
  assert.equal(await errorOf(''), '400 invalid_request')
  server.clock.advance(600)
  assert.equal(await errorOf(code), '400 expired_token')
  server.clock.advance(3_601)
  await server.runJobs()
  assert.equal(await errorOf(code), '400 invalid_grant', 'it was deleted')
})

test('[21.23] [OA.75] a user denies; an answer counts for its user, who was asked, and the first one stays', async () => {
  const { server, begin, errorOf, token } = await withDevice()
  await using _ = server
  const { device_code: code, user_code: shown } = (await begin()).body
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const crossed = await browser.send(
    '/device/answer',
    { user_code: String(shown), user: 'u', decision: 'allow' },
    { 'sec-fetch-site': 'cross-site' },
  )
  assert.equal(crossed.status, 403)
  const { answered: another } = await answer(browser, shown, 'allow', 'u_another')
  assert.equal(another.path, `/device?user_code=${String(shown)}`)
  assert.equal(await errorOf(code), '400 authorization_pending', 'ada was not asked')
  const { answered } = await answer(browser, shown, 'deny')
  assert.match(answered.text, /You have refused/)
  const second = openBrowser(server)
  await second.signIn()
  const late = await answer(second, shown, 'allow', 'u_x')
  assert.match(late.asked.text, /wrong, expired or already used/)
  assert.equal(await errorOf(code), '400 access_denied')
  assert.ok(token)
})

test('a grant of a device ends with the sign-in that allowed it, unless it has offline_access', async () => {
  const { server, begin, poll, refresh } = await withDevice()
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const tokenFor = async (scope: string) => {
    const { device_code: code, user_code: shown } = (await begin({ scope })).body
    await answer(browser, shown, 'allow')
    return (await poll(code)).body['refresh_token']
  }
  const bound = await tokenFor('openid')
  const offline = await tokenFor('openid offline_access')
  const late = (await begin()).body
  await answer(browser, late['user_code'], 'allow')
  await browser.send('/sign-out', {})
  assert.equal((await refresh(bound)).body['error'], 'invalid_grant')
  assert.equal((await refresh(offline)).status, 200)
  assert.equal((await poll(late['device_code'])).body['error'], 'invalid_grant')
})

test('[21.21] [OA.76] guesses at codes are limited by user and by network', async () => {
  const { server } = await withDevice({ COUNTERSIGN_LIMITS_ATTEMPTS: '30/1m' })
  await using _ = server
  const [one, two] = [{ address: '203.0.113.1' }, { address: '203.0.113.2' }]
  const from = async (peer: typeof one) => {
    const browser = openBrowser(server, issuer, peer)
    await browser.signIn('ada', password)
    return browser
  }
  const [first, second] = [await from(one), await from(two)]
  const guess = async (browser: TestBrowser) =>
    (await browser.send('/device', { user_code: 'BCDFGHJK' })).status
  const guesses = async (browser: TestBrowser, count: number) =>
    Promise.all(Array.from({ length: count }, () => guess(browser)))
  assert.ok((await guesses(first, 20)).every((status) => status === 400))
  assert.ok((await guesses(second, 20)).includes(429), 'the user has tried from two networks')
})

test('the page speaks German, and says in both languages what is wrong', async () => {
  const { server } = await withDevice()
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', password)
  const german = { 'accept-language': 'de' }
  assert.match((await browser.get('/device', german)).text, /Gerät verbinden[\s\S]*Acht Buchstaben/)
  const wrong = await browser.send('/device', { user_code: '<b>' }, { ...german, origin: issuer })
  assert.match(wrong.text, /Der Code ist falsch, abgelaufen oder schon benutzt/)
  assert.doesNotMatch(wrong.text, /value="<b>"/)
})

test('an application of devices needs no redirect URI, and one with redirect URIs has the grant of codes', async () => {
  const { server, token, add } = await withDevice()
  await using _ = server
  const errorOf = async (body: Readonly<Record<string, unknown>>) =>
    (await request(server, 'POST /admin/clients', { token, body: { name: 'x', ...body } })).code
  const refused = 'client_unacceptable'
  const redirect_uris = ['https://app.example/callback']
  assert.equal(await errorOf({ grants: [deviceGrant], redirect_uris }), refused)
  assert.equal(await errorOf({ grants: ['authorization_code'] }), refused)
  assert.equal(await errorOf({ grants: ['client_credentials'], redirect_uris }), refused)
  assert.equal(
    await errorOf({ grants: [deviceGrant], redirect_uris: [], scopes: ['admin:users'] }),
    refused,
  )
  const both = await add({ name: 'both', grants: ['authorization_code', deviceGrant] })
  assert.deepEqual(both['grants'], ['authorization_code', deviceGrant])
  const confidential = { name: 'kept', grants: [deviceGrant], redirect_uris: undefined }
  assert.ok((await add({ ...confidential, public: undefined }))['client_secret'])
})
