import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { deviceGrant } from '../../../domain/clients/client.ts'
import { openBrowser } from '../../pages/test-browser.fixture.ts'
import { request } from '../api.fixture.ts'
import { withApplication } from './application.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

// Rows of docs/oauth-clauses.md about extensions that no other test covers.

const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >

suite('of the clauses of extensions', async () => {
  const world = await withApplication({ grants: ['authorization_code', deviceGrant] })
  const { server, url, authorize, redeem, refresh, add, clientId, userId } = world
  const issuer = 'http://localhost:5000'
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const own = { client_id: clientId }
  const asked = Object.fromEntries(new URLSearchParams(url().split('?')[1]))
  const kept = await add({
    name: 'kept',
    public: false,
    grants: ['authorization_code', deviceGrant],
  })
  const keptId = { client_id: String(kept['id']) }
  const secret = { client_secret: String(kept['client_secret']) }

  test('[OA.68, OA.79] the device and PAR endpoints take POST alone, ignore unknown and empty parameters, and refuse repeated ones', async () => {
    for (const [path, form] of [
      ['/oauth/device', { ...own, resource: audience }],
      ['/oauth/par', asked],
    ] as const) {
      assert.equal((await server.fetch(new Request(issuer + path))).status, 405)
      const good = await post(server, path, { ...form, colour: 'blue', display: '' })
      assert.ok(good.status < 300, JSON.stringify(good.body))
      assert.equal(good.headers.get('cache-control'), 'no-store')
      const twice = await post(server, path, `${new URLSearchParams(form)}&resource=${audience}`)
      assert.deepEqual([twice.status, twice.body['error']], [400, 'invalid_request'])
    }
  })

  test('[OA.69] a confidential client authenticates at the device endpoint, and with its device code', async () => {
    const form = { ...keptId, resource: audience }
    assert.equal((await post(server, '/oauth/device', form)).body['error'], 'invalid_client')
    const begun = await post(server, '/oauth/device', { ...form, ...secret })
    const poll = {
      ...keptId,
      grant_type: deviceGrant,
      device_code: String(begun.body['device_code']),
    }
    assert.equal((await post(server, '/oauth/token', poll)).body['error'], 'invalid_client')
    const known = await post(server, '/oauth/token', { ...poll, ...secret })
    assert.equal(known.body['error'], 'authorization_pending')
  })

  test('[OA.103] the metadata have the endpoints of sign-out, and say that logout tokens are sent with the session', async () => {
    const { body } = await request(server, 'GET /.well-known/openid-configuration')
    assert.equal(body['end_session_endpoint'], `${issuer}/oauth/logout`)
    assert.equal(body['backchannel_logout_supported'], true)
    assert.equal(body['backchannel_logout_session_supported'], true)
  })

  test('[OA.108] a URI for logout tokens is absolute and https, or http to loopback, without a fragment', async () => {
    const { token } = world
    const statusOf = async (uri: string) => {
      const body = {
        name: `uri-${uri.length}`,
        redirect_uris: ['https://a.example/'],
        backchannel_logout_uri: uri,
      }
      return (await request(server, 'POST /admin/clients', { token, body })).status
    }
    for (const uri of ['/out', 'http://a.example/out', 'https://a.example/out#x', 'com.a.app:/out'])
      assert.equal(await statusOf(uri), 400, uri)
    assert.equal(await statusOf('https://a.example/sign-out'), 201)
  })

  test('[OA.127, OA.128, OA.130] an ID token has its claims, auth_time among them, and a refreshed one the same subject and time', async () => {
    const { body } = await redeem(await authorize({ nonce: 'n-7', max_age: '9000' }, browser))
    const first = claimsOf(body['id_token'])
    const { iss, sub, aud, nonce, exp, iat, auth_time: signedIn } = first
    assert.deepEqual([iss, sub, aud, nonce], [issuer, userId, clientId, 'n-7'])
    for (const time of [exp, iat, signedIn]) assert.equal(typeof time, 'number')
    assert.ok(String(sub).length <= 255)
    const next = claimsOf((await refresh(body['refresh_token'])).body['id_token'])
    assert.deepEqual([next['iss'], next['sub'], next['aud']], [iss, sub, aud])
    assert.deepEqual([next['auth_time'], next['nonce']], [signedIn, undefined])
  })

  test('without state and nonce, the answer and the ID token have none, and no request takes those of another', async () => {
    const { path } = await browser.get(url({ state: '' }))
    const answer = new URL(path).searchParams
    assert.deepEqual([answer.has('code'), answer.has('state')], [true, false])
    await browser.get(url({ state: 'of another', nonce: 'of another' }))
    const { body } = await redeem(answer.get('code') ?? '')
    assert.equal(claimsOf(body['id_token'])['nonce'], undefined)
  })

  test('[OA.131] user information is answered to GET and POST, with the same subject as the ID token', async () => {
    const { body } = await redeem(await authorize({}, browser))
    const token = String(body['access_token'])
    for (const method of ['GET', 'POST']) {
      const info = await request(server, `${method} /oauth/userinfo`, { token })
      assert.deepEqual([info.status, info.body['sub']], [200, userId])
    }
  })

  test.after(() => server.close())
})
