import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answerConsent, openBrowser } from '../../pages/test-browser.fixture.ts'
import { request } from '../api.fixture.ts'
import { withApplication } from './application.fixture.ts'
import { post } from './oauth.fixture.ts'

// Rows of docs/oauth-clauses.md that no other test covers.

suite('of the clauses of OAuth', async () => {
  const world = await withApplication()
  const { server, token, userId, url, authorize, redeem, refresh, add, clientId } = world
  const issuer = 'http://localhost:5000'
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')

  test('[OA.15] the token endpoint takes POST alone, ignores unknown parameters, and reads none from its URL', async () => {
    const got = await server.fetch(new Request(`${issuer}/oauth/token?grant_type=refresh_token`))
    assert.equal(got.status, 405)
    const inUrl = await post(server, '/oauth/token?grant_type=client_credentials', {})
    assert.equal(inUrl.body['error'], 'invalid_request')
    const { status } = await redeem(await authorize({}, browser), { colour: 'blue', state: '' })
    assert.equal(status, 200)
  })

  test('[OA.1, OA.17] a confidential application authenticates for codes and refresh tokens', async () => {
    const made = await add({ name: 'site', public: false })
    const own = { client_id: String(made['id']) }
    const secret = { client_secret: String(made['client_secret']) }
    const code = await authorize(own, browser)
    assert.equal((await redeem(code, own)).body['error'], 'invalid_client')
    const wrong = await redeem(code, { ...own, client_secret: 'wrong' })
    assert.deepEqual([wrong.status, wrong.body['error']], [401, 'invalid_client'])
    const { body } = await redeem(code, { ...own, ...secret })
    assert.equal((await refresh(body['refresh_token'], own)).body['error'], 'invalid_client')
    assert.equal((await refresh(body['refresh_token'], { ...own, ...secret })).status, 200)
  })

  test('[OA.39, OA.40] a code has 256 random bits, and is redirected with 303', async () => {
    const { path } = await browser.get(url())
    const code = new URL(path).searchParams.get('code') ?? ''
    assert.match(code, /^[\w-]{43}$/)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = new Request(issuer + url(), {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ user: userId, decision: 'deny' }),
    })
    assert.equal((await server.fetch(sent)).status, 303)
  })

  test('[OA.31] a refresh token that was used before ends the grant after the grace', async () => {
    const { body } = await redeem(await authorize({}, browser))
    const next = await refresh(body['refresh_token'])
    assert.equal(next.status, 200)
    server.clock.advance(120)
    assert.equal((await refresh(body['refresh_token'])).body['error'], 'invalid_grant')
    assert.equal((await refresh(next.body['refresh_token'])).body['error'], 'invalid_grant')
  })

  test('[OA.136] Basic without a secret is the method none: a public application may use it, and no other', async () => {
    const basic = (id: string) => ({ authorization: `Basic ${btoa(`${id}:`)}` })
    const asked = { grant_type: 'refresh_token', client_id: clientId }
    const { body } = await redeem(await authorize({}, browser))
    const refreshToken = { refresh_token: String(body['refresh_token']) }
    const send = (given: Readonly<Record<string, string>>, id: string) =>
      post(server, '/oauth/token', { ...given, ...refreshToken }, basic(id))
    assert.equal((await send({ grant_type: 'refresh_token' }, clientId)).status, 200)
    assert.equal((await send(asked, clientId)).status, 200)
    assert.equal((await send(asked, 'c_other')).status, 401)
    const confidential = await add({ name: 'with-a-secret', public: false })
    const refused = await send({ grant_type: 'refresh_token' }, String(confidential['id']))
    assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_client'])
    assert.equal(refused.headers.get('www-authenticate')?.split(' ')[0], 'Basic')
  })

  test('[OA.29] a public client has no grant client_credentials', async () => {
    const asked = { grant_type: 'client_credentials', client_id: clientId }
    assert.equal((await post(server, '/oauth/token', asked)).body['error'], 'invalid_client')
    const body = { name: 'both', public: true, redirect_uris: ['https://app.example/'] }
    const grants = ['authorization_code', 'client_credentials']
    const made = await request(server, 'POST /admin/clients', { token, body: { ...body, grants } })
    assert.equal(made.status, 400)
  })

  test('[OA.53] a wrong token_type_hint does not stop a revocation, and the access tokens of the grant end too', async () => {
    const { body } = await redeem(await authorize({}, browser))
    const asked = { token: String(body['refresh_token']), token_type_hint: 'access_token' }
    assert.equal(
      (await post(server, '/oauth/revoke', { ...asked, client_id: clientId })).status,
      200,
    )
    const info = await request(server, 'GET /oauth/userinfo', {
      token: String(body['access_token']),
    })
    assert.equal(info.code, 'token_revoked')
  })

  test('[OA.58, OA.60, OA.61, OA.67] both metadata documents are JSON with the issuer that answers have, and without empty lists', async () => {
    for (const path of ['oauth-authorization-server', 'openid-configuration']) {
      const { status, headers, body } = await request(server, `GET /.well-known/${path}`)
      assert.equal(status, 200)
      assert.match(headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(body['issuer'], issuer)
      assert.equal(body['authorization_response_iss_parameter_supported'], true)
      assert.deepEqual(body['response_types_supported'], ['code'])
      assert.deepEqual(body['code_challenge_methods_supported'], ['S256'])
      assert.ok(Object.values(body).every((one) => !Array.isArray(one) || one.length > 0))
    }
    const { path } = await browser.get(url())
    assert.deepEqual(new URL(path).searchParams.getAll('iss'), [issuer])
  })

  test('[OA.38] a program that returns to a loopback port is confirmed each time, also after it was agreed to', async () => {
    const made = await add({ name: 'native', redirect_uris: ['http://127.0.0.1/cb'] })
    const own = { client_id: String(made['id']), redirect_uri: 'http://127.0.0.1:9000/cb' }
    const answered = await answerConsent(browser, await browser.get(url(own)), 'allow')
    const code = new URL(answered.path).searchParams.get('code') ?? ''
    assert.equal((await redeem(code, { client_id: own.client_id })).status, 200)
    assert.match((await browser.get(url(own))).text, /Sign in to native\?/)
    const silent = await browser.get(url({ ...own, prompt: 'none' }))
    assert.equal(new URL(silent.path).searchParams.get('error'), 'consent_required')
  })

  test.after(() => server.close())
})
