import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { answerConsent, askedUser, openBrowser } from '../../pages/test-browser.fixture.ts'
import { codeOf, redirectUri, withApplication } from './application.fixture.ts'
import { audience, post } from './oauth.fixture.ts'

suite('the authorization endpoint', async () => {
  const { server, url, clientId, client, add } = await withApplication()
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const machine = await add({
    name: 'machine',
    redirect_uris: undefined,
    public: undefined,
    scopes: ['notes:read'],
  })

  test('[21.2] [OA.5, OA.27, OA.44] shows an error, and redirects nowhere, if client or redirect URI are not known', async () => {
    for (const change of [
      { client_id: '' },
      { client_id: 'c_none' },
      { client_id: String(machine['id']) },
      { redirect_uri: `${redirectUri}/` },
      { redirect_uri: 'https://app.example.evil/callback' },
      { redirect_uri: `${redirectUri}?x=1` },
      { redirect_uri: 'javascript:alert(1)' },
    ]) {
      const shown = await browser.get(url(change))
      assert.equal(shown.status, 400, JSON.stringify(change))
      assert.match(shown.text, /cannot be answered/)
      assert.equal(shown.headers.get('location'), null)
    }
    const twice = await browser.get(`${url()}&redirect_uri=${encodeURIComponent(redirectUri)}`)
    assert.equal(twice.status, 400)
    assert.equal((await browser.get(`${url()}&x=${'a'.repeat(3000)}`)).status, 400)
    assert.equal(client['id'], clientId)
  })

  test('[21.4] [21.27] [OA.12, OA.22, OA.45, OA.47, OA.48, OA.62, OA.66, OA.134] redirects every other error to the application, with state and issuer', async () => {
    const errorOf = async (change: Readonly<Record<string, string>>, more = '') => {
      const { path } = await browser.get(url(change) + more)
      assert.ok(path.startsWith(`${redirectUri}?`), path)
      const { searchParams: query } = new URL(path)
      assert.deepEqual([query.get('state'), query.get('iss')], ['state-1', 'http://localhost:5000'])
      assert.equal(query.has('code'), false)
      return query.get('error')
    }
    assert.equal(await errorOf({ response_type: '' }), 'invalid_request')
    assert.equal(await errorOf({ response_type: 'token' }), 'unsupported_response_type')
    assert.equal(await errorOf({ response_type: 'code id_token' }), 'unsupported_response_type')
    assert.equal(await errorOf({ response_mode: 'fragment' }), 'invalid_request')
    assert.equal(await errorOf({ code_challenge: '' }), 'invalid_request')
    assert.equal(await errorOf({ code_challenge: 'short' }), 'invalid_request')
    assert.equal(await errorOf({ code_challenge_method: 'plain' }), 'invalid_request')
    assert.equal(await errorOf({ code_challenge_method: '' }), 'invalid_request')
    assert.equal(await errorOf({ scope: 'openid admin:users' }), 'invalid_scope')
    assert.equal(await errorOf({ scope: 'notes:read' }), 'invalid_scope') // of another resource
    assert.equal(await errorOf({ resource: 'https://other.example' }), 'invalid_target')
    assert.equal(await errorOf({ resource: `${audience}/` }), 'invalid_target')
    assert.equal(await errorOf({ resource: '' }), 'invalid_target') // it has two
    assert.equal(await errorOf({ prompt: 'none login' }), 'invalid_request')
    assert.equal(await errorOf({ prompt: 'none' }), 'consent_required')
    assert.equal(await errorOf({ max_age: 'soon' }), 'invalid_request')
    assert.equal(await errorOf({ request: 'x.y.z' }), 'request_not_supported')
    assert.equal(
      await errorOf({ request_uri: 'https://app.example/r' }),
      'request_uri_not_supported',
    )
    assert.equal(await errorOf({}, '&scope=openid'), 'invalid_request')
    assert.equal(await errorOf({ nonce: 'ä' }), 'invalid_request')
  })

  test('[OA.11] unknown parameters are ignored, and a request without scope has all that the application may have', async () => {
    const shown = await browser.get(url({ scope: '', resource: audience, colour: 'blue' }))
    assert.match(shown.text, /notes:read[\s\S]*notes:write/)
  })

  test('[21.5] [OA.42] another site cannot agree for the user, and the application learns of a denial', async () => {
    const asked = await browser.get(url())
    const crossed = await browser.send(
      asked.path,
      { user: askedUser(asked), decision: 'allow' },
      { 'sec-fetch-site': 'cross-site' },
    )
    assert.equal(crossed.status, 403)
    const denied = await answerConsent(browser, asked, 'deny')
    assert.equal(new URL(denied.path).searchParams.get('error'), 'access_denied')
  })

  test('[21.72] the answer of a user does not count for another one, who has signed in to the same browser since', async () => {
    const shared = openBrowser(server)
    await shared.signIn('ada', 'correct horse battery')
    const asked = await shared.get(url())
    await shared.signIn() // in a second tab
    for (const decision of ['allow', 'deny'] as const) {
      const again = await answerConsent(shared, asked, decision)
      assert.equal(again.status, 200)
      assert.match(again.text, /Sign in to wiki\?[^]*access to your account, admin/)
      assert.notEqual(askedUser(again), askedUser(asked))
      const unnamed = await shared.send(asked.path, { decision })
      assert.equal(unnamed.status, 400, 'nor one that names no user')
    }
    const own = await answerConsent(shared, await shared.get(url()), 'allow')
    assert.ok(new URL(own.path).searchParams.has('code'))
  })

  test('prompt and max_age ask for the password again, once', async () => {
    const signInPath = async (change: Readonly<Record<string, string>>) =>
      (await browser.get(url(change))).path
    assert.match(await signInPath({ prompt: 'login' }), /^\/sign-in\?again=1/)
    assert.match(await signInPath({ max_age: '1000' }), /^\/oauth\/authorize/)
    server.clock.advance(1001)
    const to = await signInPath({ max_age: '1000' })
    assert.match(to, /^\/sign-in\?again=1/)
    const back = new URLSearchParams(to.split('?')[1]).get('return_to') ?? ''
    const signedIn = { username: 'ada', password: 'correct horse battery', return_to: back }
    assert.match((await browser.send('/sign-in', signedIn)).path, /^\/oauth\/authorize/)
    const login = new URLSearchParams((await signInPath({ prompt: 'login' })).split('?')[1])
    const again = { ...signedIn, return_to: login.get('return_to') ?? '' }
    assert.match((await browser.send('/sign-in', again)).path, /^\/oauth\/authorize/)
  })

  test('[21.6] [OA.10, OA.132] without a visitor nothing is answered but prompt=none, which says so', async () => {
    const stranger = openBrowser(server)
    const { path } = await stranger.get(url({ prompt: 'none' }))
    assert.equal(new URL(path).searchParams.get('error'), 'login_required')
    assert.match((await stranger.get(url())).path, /^\/sign-in/)
    assert.match(
      (await stranger.send(url(), { user: 'u_none', decision: 'allow' })).path,
      /^\/sign-in/,
    )
  })

  test.after(() => server.close())
})

test('[21.3] [OA.28] without PKCE a confidential client needs a nonce, and a verifier that nothing asked for is refused', async () => {
  const { server, authorize, url, add } = await withApplication({
    public: false,
    require_pkce: false,
  })
  await using _ = server
  const without = { code_challenge: '', code_challenge_method: '' }
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const refused = await browser.get(url(without))
  assert.equal(new URL(refused.path).searchParams.get('error'), 'invalid_request')
  const made = await add({ name: 'second', public: false, require_pkce: false })
  const as = { client_id: String(made['id']), client_secret: String(made['client_secret']) }
  const asked = { ...without, nonce: 'n', client_id: as.client_id }
  const redeem = async (code: string, more: Readonly<Record<string, string>>) =>
    (await post(server, '/oauth/token', { grant_type: 'authorization_code', code, ...as, ...more }))
      .status
  const code = await authorize(asked, browser)
  assert.equal(await redeem(code, { code_verifier: 'a'.repeat(43) }), 400)
  assert.equal(await redeem(code, {}), 200)
})

test('[21.114] [OA.154] a request with an ID token gets no code for another user than the one of the token', async () => {
  const { server, url, authorize, redeem } = await withApplication()
  await using _ = server
  const { body } = await redeem(await authorize())
  const browser = openBrowser(server)
  await browser.signIn()
  await redeem(codeOf((await answerConsent(browser, await browser.get(url()), 'allow')).path))
  const hinted = { id_token_hint: String(body['id_token']) }
  const outcome = ({ path }: { readonly path: string }) =>
    path.startsWith(redirectUri) ? (new URL(path).searchParams.get('error') ?? 'code') : path
  const ask = async (change: Readonly<Record<string, string>>) =>
    outcome(await browser.get(url(change)))
  assert.equal(await ask({ prompt: 'none' }), 'code')
  assert.equal(await ask({ ...hinted, prompt: 'none' }), 'login_required')
  assert.equal(await ask({ id_token_hint: 'not.a.token', prompt: 'none' }), 'code')

  const signIn = async (username: string, password: string) => {
    const shown = await ask(hinted)
    assert.match(shown, /^\/sign-in\?/)
    const return_to = new URLSearchParams(shown.split('?')[1]).get('return_to') ?? ''
    return browser.send('/sign-in', { username, password, return_to })
  }
  assert.equal(outcome(await signIn('admin', 'password')), 'login_required')
  assert.equal(outcome(await signIn('ada', 'correct horse battery')), 'code')
})
