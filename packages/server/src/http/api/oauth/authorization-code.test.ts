import { importPublicKey, localKeySet, type PublicJwk } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerConsent, openBrowser } from '../../pages/test-browser.fixture.ts'
import { request } from '../api.fixture.ts'
import { codeOf, redirectUri, withApplication } from './application.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

const issuer = 'http://localhost:5000'
const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >
const headerOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[0] ?? '', 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >

test('[21.11] [OA.18, OA.19] a user signs in to an application, agrees once, and disconnects it', async () => {
  const { server, url, redeem, refresh, userId, clientId } = await withApplication()
  await using _ = server
  const browser = openBrowser(server)
  const asked = await browser.get(url({ nonce: 'n-1' }))
  assert.match(asked.path, /^\/sign-in\?again=1&return_to=/)
  const returnTo = new URLSearchParams(asked.path.split('?')[1]).get('return_to') ?? ''
  const consent = await browser.send('/sign-in', {
    username: 'ada',
    password: 'correct horse battery',
    return_to: returnTo,
  })
  assert.match(consent.text, /Sign in to wiki\?[\s\S]*see your user name[\s\S]*app\.example/)
  assert.match(
    consent.headers.get('content-security-policy') ?? '',
    /form-action 'self' https:\/\/app\.example;/,
  )
  const answered = await answerConsent(browser, consent, 'allow')
  const answer = new URL(answered.path)
  assert.equal(answer.origin + answer.pathname, redirectUri)
  assert.equal(answer.searchParams.get('state'), 'state-1')
  assert.equal(answer.searchParams.get('iss'), issuer)

  const issued = await redeem(codeOf(answered.path), { redirect_uri: redirectUri })
  assert.equal(issued.status, 200, JSON.stringify(issued.body))
  assert.equal(issued.headers.get('cache-control'), 'no-store')
  const { access_token, id_token, refresh_token, ...others } = issued.body
  assert.deepEqual(others, { token_type: 'Bearer', expires_in: 900, scope: 'openid profile' })
  const claims = claimsOf(access_token)
  assert.equal(headerOf(access_token)['typ'], 'at+jwt')
  assert.deepEqual(
    [claims['sub'], claims['aud'], claims['client_id'], claims['scope'], claims['roles']],
    [userId, issuer, clientId, 'openid profile', undefined],
  )
  const id = claimsOf(id_token)
  assert.equal(headerOf(id_token)['typ'], 'JWT')
  assert.deepEqual(
    [id['iss'], id['sub'], id['aud'], id['nonce'], id['preferred_username'], id['email']],
    [issuer, userId, clientId, 'n-1', 'ada', undefined],
  )
  const { body } = await request(server, 'GET /.well-known/jwks.json')
  const [jwk] = body['keys'] as PublicJwk[]
  assert.ok(
    localKeySet([importPublicKey(jwk!, 'ES256')]).find({
      alg: 'ES256',
      kid: String(headerOf(id_token)['kid']),
    }),
  )

  const info = await request(server, 'GET /oauth/userinfo', { token: String(access_token) })
  assert.deepEqual(info.body, { sub: userId, name: 'ada', preferred_username: 'ada' })
  const account = await request(server, 'GET /me', { token: String(access_token) })
  assert.deepEqual([account.status, account.code], [403, 'sign_in_required'])

  const again = await browser.get(url())
  assert.equal(new URL(again.path).searchParams.has('code'), true, 'agreed before')
  const more = await browser.get(url({ scope: 'openid profile email' }))
  assert.match(more.text, /see your e-mail address/)

  const next = await refresh(refresh_token)
  assert.equal(next.status, 200)
  assert.notEqual(next.body['refresh_token'], refresh_token)
  const listed = await browser.get('/account/applications')
  assert.match(listed.text, /wiki/)
  await browser.send('/account/applications/disconnect', { application: clientId })
  const refused = await request(server, 'GET /oauth/userinfo', {
    token: String(next.body['access_token']),
  })
  assert.deepEqual([refused.status, refused.code], [401, 'token_revoked'])
  const ended = await refresh(next.body['refresh_token'])
  assert.deepEqual([ended.status, ended.body['error']], [400, 'invalid_grant'])
})

test('[21.3] [21.7] [OA.23, OA.25, OA.41, OA.64] a code is for its client, its verifier and its redirect URI, for a minute, once', async () => {
  const { server, redeem, authorize, refresh, add } = await withApplication()
  await using _ = server
  const other = await add({ name: 'other' })
  const problemOf = async (code: string, change: Readonly<Record<string, string>>) => {
    const { status, body } = await redeem(code, change)
    return `${status} ${String(body['error'])}`
  }
  const code = await authorize()
  assert.equal(await problemOf(code, { client_id: String(other['id']) }), '400 invalid_grant')
  assert.equal(await problemOf(code, { code_verifier: 'a'.repeat(43) }), '400 invalid_grant')
  assert.equal(await problemOf(code, { code_verifier: '' }), '400 invalid_grant')
  assert.equal(await problemOf(code, { redirect_uri: `${redirectUri}/` }), '400 invalid_grant')
  assert.equal(await problemOf(code, { resource: audience }), '400 invalid_target')
  assert.equal(await problemOf(`${code}x`, {}), '400 invalid_grant')
  const issued = await redeem(code) // none of those has burnt it
  assert.equal(issued.status, 200)
  assert.equal(await problemOf(code, { code_verifier: 'a'.repeat(43) }), '400 invalid_grant')
  const kept = await refresh(issued.body['refresh_token'])
  assert.equal(kept.status, 200, 'a replay with a wrong verifier ends nothing')
  assert.equal(await problemOf(code, {}), '400 invalid_grant')
  const ended = await refresh(kept.body['refresh_token'])
  assert.equal(ended.body['error'], 'invalid_grant', 'a second right use ends the grant')

  const late = await authorize()
  server.clock.advance(60)
  assert.equal(await problemOf(late, {}), '400 invalid_grant')
})

test('[21.10] [OA.30, OA.34, OA.63] a refresh token is for its client, gets no other scopes, and is none of a sign-in', async () => {
  const { server, redeem, authorize, refresh, add } = await withApplication()
  await using _ = server
  const other = await add({ name: 'other' })
  const asked = { scope: 'notes:read notes:write offline_access', resource: audience }
  const { body } = await redeem(await authorize(asked))
  assert.deepEqual([body['scope'], claimsOf(body['access_token'])['aud']], [asked.scope, audience])
  assert.equal(body['id_token'], undefined)
  const token = body['refresh_token']
  const errorOf = async (change: Readonly<Record<string, string>>) =>
    (await refresh(token, change)).body['error']
  assert.equal(await errorOf({ client_id: String(other['id']) }), 'invalid_grant')
  assert.equal(await errorOf({ scope: 'notes:read roles' }), 'invalid_scope')
  assert.equal(await errorOf({ resource: issuer }), 'invalid_target')
  const own = await request(server, 'POST /refresh', { body: { refresh_token: token } })
  assert.deepEqual([own.status, own.code], [401, 'refresh_token_unknown'])
  await request(server, 'POST /logout', { body: { refresh_token: token, everywhere: true } })
  const less = await refresh(token, { scope: 'notes:read' })
  assert.equal(claimsOf(less.body['access_token'])['scope'], 'notes:read')
  const all = await refresh(less.body['refresh_token'])
  assert.equal(claimsOf(all.body['access_token'])['scope'], asked.scope)
  const repeated = await refresh(less.body['refresh_token'])
  assert.equal(repeated.body['refresh_token'], all.body['refresh_token'], 'within the grace')
})

test('[OA.32, OA.113] a grant ends with its sign-in, unless it has offline_access; each with the password', async () => {
  const { server, redeem, authorize, refresh } = await withApplication()
  await using _ = server
  const browser = openBrowser(server)
  const bound = (await redeem(await authorize({}, browser))).body['refresh_token']
  const offline = (await redeem(await authorize({ scope: 'openid offline_access' }, browser))).body[
    'refresh_token'
  ]
  await browser.send('/sign-out', {})
  assert.equal((await refresh(bound)).body['error'], 'invalid_grant')
  const kept = await refresh(offline)
  assert.equal(kept.status, 200)
  const signedIn = await request(server, 'POST /login', {
    body: { username: 'ada', password: 'correct horse battery' },
  })
  const change = {
    current_password: 'correct horse battery',
    new_password: 'four other long words',
  }
  const changed = await request(server, 'POST /password/change', {
    token: String(signedIn.body['token']),
    body: change,
  })
  assert.ok(changed.status < 300, JSON.stringify(changed.body))
  assert.equal((await refresh(kept.body['refresh_token'])).body['error'], 'invalid_grant')
})

test('[21.71] a grant ends with its sign-in also when that has been idle for too long, unless it has offline_access', async () => {
  const { server, redeem, authorize, refresh } = await withApplication()
  await using _ = server
  const browser = openBrowser(server)
  const tokenOf = async (scope: string) =>
    (await redeem(await authorize({ scope }, browser))).body['refresh_token']
  const day = 86_400 // seconds; a sign-in may be idle for 14
  let [bound, offline] = [await tokenOf('openid'), await tokenOf('openid offline_access')]
  server.clock.advance(10 * day)
  bound = (await refresh(bound)).body['refresh_token']
  offline = (await refresh(offline)).body['refresh_token']
  assert.equal((await browser.get('/account')).status, 200, 'its user is there')
  server.clock.advance(10 * day)
  const next = await refresh(bound)
  assert.equal(next.status, 200)
  offline = (await refresh(offline)).body['refresh_token']
  server.clock.advance(4 * day)
  const late = await refresh(next.body['refresh_token'])
  assert.deepEqual([late.status, late.body['error']], [400, 'invalid_grant'])
  assert.equal((await refresh(offline)).status, 200)
})

test('[OA.52] an application revokes its tokens, and no others', async () => {
  const { server, redeem, authorize, refresh, add, clientId } = await withApplication()
  await using _ = server
  const other = await add({ name: 'other' })
  const { body } = await redeem(await authorize({ scope: 'openid offline_access' }))
  const revoke = (token: unknown, id = clientId) =>
    post(server, '/oauth/revoke', { token: String(token), client_id: id })
  assert.equal((await revoke(body['refresh_token'], String(other['id']))).status, 200)
  const next = await refresh(body['refresh_token'])
  assert.equal(next.status, 200)
  assert.equal((await revoke(next.body['access_token'])).status, 200)
  const info = () =>
    request(server, 'GET /oauth/userinfo', { token: String(next.body['access_token']) })
  assert.equal((await info()).code, 'token_revoked')
  const renewed = await refresh(next.body['refresh_token'])
  assert.equal(renewed.status, 200)
  assert.equal((await revoke(renewed.body['refresh_token'])).status, 200)
  assert.equal((await refresh(renewed.body['refresh_token'])).body['error'], 'invalid_grant')
})

test('[21.70] a removed redirect URI makes codes useless; an application keeps what a change leaves out', async () => {
  const { server, token, clientId, redeem, authorize, refresh } = await withApplication()
  await using _ = server
  const code = await authorize()
  const kept = await redeem(await authorize())
  const change = (body: Readonly<Record<string, unknown>>) =>
    request(server, `PATCH /admin/clients/${clientId}`, { token, body })
  const changed = await change({
    redirect_uris: ['https://app.example/other'],
    id_token_algorithm: 'RS256',
    dpop: 'nonce',
    post_logout_redirect_uris: ['https://app.example/bye'],
    backchannel_logout_uri: 'https://app.example/out',
  })
  assert.deepEqual(changed.body['application'], {
    redirect_uris: ['https://app.example/other'],
    public: true,
    skip_consent: false,
    require_pkce: true,
    id_token_algorithm: 'RS256',
    dpop: 'nonce',
    post_logout_redirect_uris: ['https://app.example/bye'],
    backchannel_logout_uri: 'https://app.example/out',
  })
  assert.equal((await refresh(kept.body['refresh_token'])).body['error'], 'invalid_dpop_proof')
  await change({ dpop: 'optional' })
  assert.equal((await redeem(code)).body['error'], 'invalid_grant')
  assert.equal((await refresh(kept.body['refresh_token'])).status, 200, 'who is signed in stays')
  for (const body of [{ require_pkce: false }, { redirect_uris: [] }, { id_token_algorithm: 'x' }])
    assert.equal((await change(body)).code, 'client_unacceptable', JSON.stringify(body))
  const none = { id_token_algorithm: null, backchannel_logout_uri: null }
  const reset = (await change(none)).body['application']
  assert.deepEqual(reset, { ...Object(changed.body['application']), ...none, dpop: 'optional' })
})
