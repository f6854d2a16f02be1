import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { routes } from '../routes.ts'
import { answerConsent, openBrowser } from '../../pages/test-browser.fixture.ts'
import { request } from '../api.fixture.ts'
import { withApplication } from './application.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >
const password = 'correct horse battery'

test('[21.61] [OA.37] an ID token has no fact whose scope the application has lost', async () => {
  const { server, token, clientId, authorize, redeem, refresh, userId } = await withApplication()
  await using _ = server
  const { body } = await redeem(await authorize({ scope: 'openid profile roles offline_access' }))
  assert.equal(claimsOf(body['id_token'])['name'], 'ada')
  const less = { scopes: ['openid', 'offline_access'] }
  const changed = await request(server, `PATCH /admin/clients/${clientId}`, { token, body: less })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  const next = await refresh(body['refresh_token'])
  const { sub, name, preferred_username, roles } = claimsOf(next.body['id_token'])
  assert.deepEqual(
    [sub, name, preferred_username, roles],
    [userId, undefined, undefined, undefined],
  )
})

test('[21.112] a signed-in user who is not asked any more gets no codes without end', async () => {
  const limits = { COUNTERSIGN_LIMITS_CHANGES: '3/1m' }
  const { server, url, authorize, redeem } = await withApplication({}, limits)
  await using _ = server
  const browser = openBrowser(server)
  await redeem(await authorize({}, browser))
  const statuses: number[] = []
  for (let count = 0; count < 5; count++) statuses.push((await browser.get(url())).status)
  assert.deepEqual(statuses, [303, 303, 303, 429, 429])
  server.clock.advance(60)
  assert.equal((await redeem(await authorize({}, browser))).status, 200)
})

test('a public application gets no secret: with one it would look protected, and be as public as before', async () => {
  const { server, token, clientId } = await withApplication()
  await using _ = server
  const given = await request(server, `POST /admin/clients/${clientId}/secrets`, {
    token,
    body: {},
  })
  assert.equal(given.code, 'client_unacceptable')
})

suite('the tokens of an application', async () => {
  const { server, url, authorize, redeem, refresh, add, clientId } = await withApplication()
  const { body } = await redeem(
    await authorize({ scope: 'openid profile email roles offline_access' }),
  )
  const [access, id, refreshToken] = ['access_token', 'id_token', 'refresh_token'].map((one) =>
    String(body[one]),
  )

  test('[21.62] open no route of this server but userinfo, in the header and as cookies', async () => {
    const guarded = routes.filter((one) => one.access !== 'public')
    assert.ok(guarded.length > 20)
    for (const { method, path, access: needed } of guarded) {
      for (const token of [access, id]) {
        for (const headers of [
          { authorization: `Bearer ${token}` },
          { cookie: `countersign_access=${token}; countersign_refresh=${refreshToken}` },
        ] as Readonly<Record<string, string>>[]) {
          const address = `http://localhost:5000${path.replaceAll(/:\w+/g, 'x')}`
          const sent = new Request(address, {
            method,
            headers: {
              ...headers,
              'sec-fetch-site': 'same-origin',
              origin: 'http://localhost:5000',
              'content-type': 'application/json',
            },
            ...(method !== 'GET' && { body: '{}' }),
          })
          const { status } = await server.fetch(sent)
          const isUserinfo = needed === 'openid' && token === access
          const isOptional = needed === 'optional' // a stale cookie counts as none there
          if (isUserinfo) assert.equal(status, 200, `${method} ${path}`)
          else assert.ok([401, 403].includes(status) || isOptional, `${method} ${path}: ${status}`)
        }
      }
    }
    const still = await refresh(refreshToken)
    assert.equal(still.status, 200, 'no route has ended or used the grant')
  })

  test('[21.62] are no visitor of a page', async () => {
    for (const token of [access, id]) {
      const browser = openBrowser(server)
      browser.cookies.set('countersign_access', String(token))
      browser.cookies.set('countersign_refresh', String(refreshToken))
      for (const path of ['/account', '/account/applications', url()]) {
        const { status, path: to } = await browser.get(path)
        assert.ok(to.startsWith('/sign-in') || status >= 400, `${path}: ${status} ${to}`)
      }
    }
  })

  test('[21.62] are not taken for each other at the token endpoint, introspection and revocation', async () => {
    for (const token of [access, id])
      assert.equal((await refresh(token)).body['error'], 'invalid_grant')
    assert.equal((await redeem(String(refreshToken))).body['error'], 'invalid_grant')
    const exchanged = await post(server, '/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: String(access),
      subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
    })
    assert.equal(exchanged.body['error'], 'invalid_grant')
    const info = await request(server, 'GET /oauth/userinfo', { token: String(id) })
    assert.equal(info.status, 401)
    const as = { client_id: clientId }
    assert.equal((await post(server, '/oauth/introspect', { ...as, token: access! })).status, 401)
  })

  test('[21.63] a loopback port that no address can have is refused, on a page', async () => {
    const native = await add({ name: 'native', redirect_uris: ['http://127.0.0.1/cb'] })
    const browser = openBrowser(server)
    await browser.signIn('ada', password)
    const asked = { client_id: String(native['id']), redirect_uri: 'http://127.0.0.1:99999/cb' }
    assert.equal((await browser.get(url(asked))).status, 400)
  })

  test('[21.63] the policy of the consent page lets its form return to IPv6 loopback', async () => {
    const native = await add({ name: 'native6', redirect_uris: ['http://[::1]/cb'] })
    const browser = openBrowser(server)
    await browser.signIn('ada', password)
    const asked = { client_id: String(native['id']), redirect_uri: 'http://[::1]:9000/cb' }
    const { headers } = await browser.get(url(asked))
    // A policy cannot name an IPv6 address (Content Security Policy, section 2.3.1): browsers ignore it, and block the redirect.
    assert.match(headers.get('content-security-policy') ?? '', /form-action 'self' http:;/)
  })

  test('[21.64] [OA.13, OA.26, OA.43] nothing of a request becomes markup, a header or another parameter of the answer', async () => {
    const browser = openBrowser(server)
    await browser.signIn('ada', password)
    const hostile = '"><script>alert(1)</script>&code=x#'
    const page = await browser.get(
      url({ state: hostile, nonce: hostile, resource: audience, scope: 'notes:read' }),
    )
    assert.equal(page.status, 200)
    assert.doesNotMatch(page.text, /<script>alert/)
    const { path } = await answerConsent(browser, page, 'deny')
    const query = new URL(path).searchParams
    assert.deepEqual([query.getAll('code'), query.get('state')], [[], hostile])
    for (const [name, value] of [
      ['state', 'a\r\nset-cookie: x=1'],
      ['scope', 'openid\r\nlocation: https://evil.example'],
      ['nonce', '\u0000'],
    ] as const) {
      const refused = await browser.get(url({ [name]: value }))
      assert.deepEqual([refused.status, refused.headers.get('location')], [400, null], name)
    }
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    assert.equal(page.headers.get('access-control-allow-origin'), null)
  })

  test.after(() => server.close())
})
