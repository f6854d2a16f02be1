import { createSigner, generateKey, inspect, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FetchDocument } from '../../../domain/kernel/ports.ts'
import { answerConsent, openBrowser } from '../../pages/test-browser.fixture.ts'
import { request, withAda } from '../api.fixture.ts'
import { driverOf, redirectUri } from './application.fixture.ts'
import { assertionType, audience, post } from './oauth.fixture.ts'

const clientId = 'https://agent.example/oauth/client.json'

/** Starts a server with the user ada, a resource that is open, and another that is not; `document` is what the host of the client serves. */
async function withDocument(
  change: Readonly<Record<string, unknown>> = {},
  hosts = 'agent.example',
) {
  let document: unknown = { client_id: clientId, redirect_uris: [redirectUri], ...change }
  let fetched = 0
  const fetchDocument: FetchDocument = async () => {
    fetched++
    if (document === undefined) return { problem: 'status_404' }
    return { text: JSON.stringify(document), maxAge: undefined }
  }
  const env = { COUNTERSIGN_OAUTH_CLIENT_METADATA_DOCUMENTS: hosts }
  const { server, token, id: userId } = await withAda(env, { fetchDocument })
  const scopes = ['notes:read', 'notes:write']
  const setResource = (body: Readonly<Record<string, unknown>>) =>
    request(server, 'POST /admin/resources', { token, body: { audience, scopes, ...body } })
  const opened = await setResource({ open: true })
  assert.equal(opened.body['open'], true)
  await setResource({ audience: 'https://inner.example' })
  return {
    server,
    token,
    userId,
    setResource,
    fetched: () => fetched,
    setDocument: (next: unknown) => void (document = next),
    ...driverOf(server, clientId),
  }
}

const asked = { scope: 'openid notes:read', resource: audience }

test('an application with a metadata document signs users in, refreshes, and is disconnected', async () => {
  await using stack = new AsyncDisposableStack()
  const { server, authorize, redeem, refresh, fetched } = await withDocument()
  stack.use(server)
  const browser = openBrowser(server)
  const code = await authorize({ ...asked, scope: 'notes:read offline_access' }, browser)
  const { status, body } = await redeem(code)
  assert.equal(status, 200, JSON.stringify(body))
  const { claims } = inspect(String(body['access_token']))
  assert.deepEqual([claims.aud, claims['client_id']], [audience, clientId])
  assert.equal(claims['scope'], 'notes:read offline_access')
  const next = await refresh(body['refresh_token'])
  assert.equal(next.status, 200)
  assert.equal(fetched(), 1, 'the document is read where it decides: before a user agrees')

  const account = await browser.get('/account/applications')
  assert.match(account.text, /agent\.example\/oauth\/client\.json/)
  const link = /href="(\/account\/applications\/disconnect[^"]+)"/.exec(account.text)?.[1] ?? ''
  assert.match((await browser.get(link)).text, /Disconnect agent\.example/)
  await browser.send('/account/applications/disconnect', { application: clientId })
  const refused = await refresh(next.body['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  assert.equal((await redeem(await authorize(asked, browser))).status, 200, 'and connects again')
})

test('[21.47] it is always confirmed, under the name of its host alone', async () => {
  const { server, url, authorize, redeem } = await withDocument({
    client_name: 'Your Bank',
    redirect_uris: [redirectUri, 'http://localhost/callback'],
  })
  await using _ = server
  const browser = openBrowser(server)
  await redeem(await authorize(asked, browser))
  const { status, text } = await browser.get(url(asked))
  assert.equal(status, 200)
  assert.match(text, /Sign in to agent\.example\?/)
  assert.match(text, /not registered here/)
  assert.doesNotMatch(text, /Your Bank|Any program/)
  const local = await browser.get(
    url({ ...asked, redirect_uri: 'http://localhost:51004/callback' }),
  )
  assert.match(local.text, /Any program on your device/)
  const silent = await browser.get(url({ ...asked, prompt: 'none' }))
  assert.equal(new URL(silent.path).searchParams.get('error'), 'consent_required')
})

test('[21.48] it may ask for the scopes of open resources, and for nothing else', async () => {
  const { server, url } = await withDocument({ scope: 'admin:users' })
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const errorOf = async (change: Readonly<Record<string, string>>) =>
    new URL((await browser.get(url({ ...asked, ...change }))).path).searchParams.get('error')
  assert.equal(await errorOf({ resource: 'https://inner.example' }), 'invalid_target')
  assert.equal(await errorOf({ resource: 'http://localhost:5000' }), 'invalid_target')
  assert.equal(await errorOf({ resource: '' }), 'invalid_target')
  for (const scope of ['roles', 'admin:users', 'notes:delete'])
    assert.equal(await errorOf({ scope }), 'invalid_scope', scope)
  const usual = await browser.get(url({ ...asked, scope: '' }))
  assert.match(usual.text, /notes:read.*notes:write/s)
  assert.doesNotMatch(usual.text, /keep its access|know who you are/)
})

test('[21.48] a resource that is closed ends what such applications have for it', async () => {
  const { server, setResource, authorize, redeem, refresh } = await withDocument()
  await using _ = server
  const { body } = await redeem(await authorize(asked))
  const closed = await setResource({})
  assert.equal(closed.body['open'], false)
  const refused = await refresh(body['refresh_token'])
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_target'])
})

test('[21.49] [OA.118] documents that cannot be used show an error, and redirect nowhere', async () => {
  const { server, url, setDocument, redeem } = await withDocument()
  await using _ = server
  const browser = openBrowser(server)
  await browser.signIn('ada', 'correct horse battery')
  const ask = async (change: Readonly<Record<string, string>> = {}) => {
    const answer = await browser.get(url({ ...asked, ...change }))
    assert.ok(answer.path.startsWith('/oauth/authorize'), answer.path)
    return answer.status
  }
  assert.equal(await ask({ client_id: 'https://other.example/client.json' }), 400)
  for (const document of [undefined, {}, { client_id: clientId, redirect_uris: ['x'] }]) {
    setDocument(document)
    assert.equal(await ask(), 400)
  }
  setDocument({ client_id: clientId, redirect_uris: ['https://agent.example/callback'] })
  assert.equal(await ask(), 400, 'the redirect URI is not one of the document')
  const made = await redeem('made-up')
  assert.equal(made.status, 401, 'a client that no user has agreed to')
})

test('[21.111] [OA.44] with documents of any host no link redirects to a stranger before the user has answered', async () => {
  const { server, url } = await withDocument({}, '*')
  await using _ = server
  const browser = openBrowser(server)
  const everywhere = async () => {
    for (const change of [
      { scope: 'nonsense' },
      { resource: 'https://inner.example' },
      { response_type: 'token' },
      { code_challenge: '' },
      { prompt: 'none' },
    ]) {
      const { status, path } = await browser.get(url({ ...asked, ...change }))
      assert.ok(status === 400 && path.startsWith('/oauth/authorize'), path)
    }
  }
  await everywhere()
  await browser.signIn('ada', 'correct horse battery')
  await everywhere()
  const denied = await answerConsent(browser, await browser.get(url(asked)), 'deny')
  assert.match(denied.path, /^https:\/\/app\.example\/callback\?error=access_denied/)
})

test('[OA.120] without accepted hosts there are no such applications, and the metadata say so', async () => {
  for (const [hosts, supported] of [
    ['', false],
    ['agent.example', true],
    ['*', true],
  ] as const) {
    const { server, url, fetched } = await withDocument({}, hosts)
    await using _ = server
    const { body } = await request(server, 'GET /.well-known/oauth-authorization-server')
    assert.equal(body['client_id_metadata_document_supported'], supported)
    const browser = openBrowser(server)
    await browser.signIn('ada', 'correct horse battery')
    assert.equal((await browser.get(url(asked))).status, supported ? 200 : 400)
    assert.equal(fetched(), supported ? 1 : 0)
  }
})

test('an administrator sees it, cannot give it rights or a secret, and removes it with its grants', async () => {
  const { server, token, authorize, redeem, refresh } = await withDocument()
  await using _ = server
  const { body } = await redeem(await authorize(asked))
  const listed = await request(server, 'GET /admin/clients', { token })
  const [client] = listed.body['clients'] as readonly Readonly<Record<string, unknown>>[]
  assert.deepEqual(
    [client?.['id'], client?.['name']],
    [clientId, 'agent.example/oauth/client.json'],
  )
  const path = `/admin/clients/${encodeURIComponent(clientId)}`
  const changed = await request(server, `PATCH ${path}`, { token, body: { scopes: ['roles'] } })
  assert.equal(changed.code, 'client_unacceptable')
  const secret = await request(server, `POST ${path}/secrets`, { token, body: {} })
  assert.equal(secret.code, 'client_unknown')

  const console = openBrowser(server)
  await console.signIn()
  const all = await console.get('/console/clients')
  const link = /href="(\/console\/clients\/https[^"]+)"/.exec(all.text)?.[1] ?? ''
  const page = await console.get(link)
  assert.match(page.text, /known by its metadata document/)
  assert.equal((await console.send(`${link}/remove`, {})).status, 200)
  const refused = await refresh(body['refresh_token'])
  assert.equal(refused.status, 401)
  assert.deepEqual((await request(server, 'GET /admin/clients', { token })).body['clients'], [])
})

test('it revokes its own tokens', async () => {
  const { server, authorize, redeem, refresh } = await withDocument()
  await using _ = server
  const { body } = await redeem(await authorize(asked))
  const revoke = (token: unknown) =>
    post(server, '/oauth/revoke', { client_id: clientId, token: String(token) })
  const used = { client_id: clientId, token: String(body['access_token']) }
  assert.equal((await revoke(used.token)).status, 200)
  const next = await refresh(body['refresh_token'])
  const index = (token: unknown) => inspect(String(token)).claims['status']
  assert.notDeepEqual(index(next.body['access_token']), index(used.token))
  assert.equal((await revoke(next.body['refresh_token'])).status, 200)
  assert.equal((await refresh(next.body['refresh_token'])).status, 400)
})

test('with keys it authenticates by assertions, with the keys that its document has now', async () => {
  const key = generateKey('ES256')
  const jwks = JSON.parse(JSON.stringify(toJwks([key]))) as unknown
  const method = { token_endpoint_auth_method: 'private_key_jwt' }
  const { server, setDocument, authorize, redeem } = await withDocument({ ...method, jwks })
  await using _ = server
  const code = await authorize(asked)
  const assertion = (by: typeof key) =>
    createSigner({
      key: by,
      issuer: clientId,
      lifetime: 60,
      type: 'JWT',
      clock: server.clock,
    }).sign({
      sub: clientId,
      aud: 'http://localhost:5000',
    })
  const proof = (by: typeof key) => ({
    client_assertion_type: assertionType,
    client_assertion: assertion(by),
  })
  assert.equal((await redeem(code)).status, 401)
  assert.equal((await redeem(code, proof(generateKey('ES256')))).status, 401)
  assert.equal((await redeem(code, proof(key))).status, 200)
  server.clock.advance(300)
  setDocument(undefined)
  assert.equal((await redeem(code, proof(key))).status, 503, 'its keys cannot be read')
})
