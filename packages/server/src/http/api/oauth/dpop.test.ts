import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../api.fixture.ts'
import { withApplication } from './application.fixture.ts'
import { newDpopKey } from './dpop.fixture.ts'
import { audience, post, withClient } from './oauth.fixture.ts'

const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Readonly<
    Record<string, unknown>
  >

/** Starts a server with an application whose requests for tokens have a `DPoP` header. */
async function withBoundApplication(change: Readonly<Record<string, unknown>> = {}) {
  const set = await withApplication(change)
  const { server, clientId, verifier } = set
  const send = (parameters: Readonly<Record<string, string>>, dpop?: string) => {
    const headers: Record<string, string> = dpop === undefined ? {} : { dpop }
    return post(server, '/oauth/token', { client_id: clientId, ...parameters }, headers)
  }
  const redeem = (code: string, dpop?: string) =>
    send({ grant_type: 'authorization_code', code, code_verifier: verifier }, dpop)
  const refresh = (token: unknown, dpop?: string) =>
    send({ grant_type: 'refresh_token', refresh_token: String(token) }, dpop)
  return { ...set, key: newDpopKey(server), redeem, refresh }
}

test('[21.33] [OA.92] a public client gets an access token and a refresh token that are bound to its key', async () => {
  const { server, authorize, redeem, refresh, key } = await withBoundApplication()
  await using _ = server
  const first = await redeem(await authorize(), key.proof())
  assert.equal(first.status, 200, JSON.stringify(first.body))
  assert.equal(first.body['token_type'], 'DPoP')
  assert.deepEqual(claimsOf(first.body['access_token'])['cnf'], { jkt: key.jkt })
  const token = first.body['refresh_token']
  for (const dpop of [undefined, newDpopKey(server).proof()]) {
    const refused = await refresh(token, dpop)
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
  }
  const next = await refresh(token, key.proof())
  assert.equal(next.status, 200, 'the wrong key has ended nothing')
  assert.equal(next.body['token_type'], 'DPoP')
  server.clock.advance(3600)
  assert.equal((await refresh(next.body['refresh_token'])).body['error'], 'invalid_grant')
  assert.equal((await refresh(next.body['refresh_token'], key.proof())).status, 200)
})

test('[21.34] a proof is used once, at every grant, and one that is refused costs neither code nor token', async () => {
  const { server, authorize, redeem, refresh, key } = await withBoundApplication()
  await using _ = server
  const proof = key.proof()
  const code = await authorize()
  const { body } = await redeem(code, proof)
  const replayed = await refresh(body['refresh_token'], proof)
  assert.deepEqual([replayed.status, replayed.body['error']], [400, 'invalid_dpop_proof'])
  const other = await authorize()
  assert.equal((await redeem(other, proof)).body['error'], 'invalid_dpop_proof')
  assert.equal((await redeem(other, key.proof())).status, 200)
  assert.equal((await refresh(body['refresh_token'], key.proof())).status, 200)
})

test('[OA.91] bad proofs are 400 invalid_dpop_proof, and the URL is that of the settings', async () => {
  const { server, authorize, redeem, key } = await withBoundApplication()
  await using _ = server
  const code = await authorize()
  const now = server.clock.now()
  const bad = [
    '',
    'x',
    `${key.proof()}, ${key.proof()}`,
    key.proof({ htm: 'GET' }),
    key.proof({ htu: 'http://127.0.0.1:5000/oauth/token' }),
    key.proof({ htu: 'http://localhost:5000/oauth/revoke' }),
    key.proof({ iat: now - 61 }),
    key.proof({ iat: now + 61 }),
  ]
  for (const dpop of bad) {
    const { status, body } = await redeem(code, dpop)
    assert.deepEqual([status, body['error']], [400, 'invalid_dpop_proof'], dpop)
    assert.match(String(body['error_description']), /The DPoP proof is missing, invalid or/)
  }
  assert.equal((await redeem(code, key.proof())).status, 200)
})

test('[21.35] [OA.99] dpop_jkt binds a code to a key, and another key does not spend it', async () => {
  const { server, url, authorize, redeem, key } = await withBoundApplication()
  await using _ = server
  const code = await authorize({ dpop_jkt: key.jkt })
  for (const dpop of [undefined, newDpopKey(server).proof()])
    assert.equal((await redeem(code, dpop)).body['error'], 'invalid_grant')
  const issued = await redeem(code, key.proof())
  assert.equal(issued.body['token_type'], 'DPoP')
  assert.equal((await redeem(code)).body['error'], 'invalid_grant')
  const refused = await server.fetch(
    new Request(`http://localhost:5000${url({ dpop_jkt: 'short' })}`),
  )
  const answer = new URL(refused.headers.get('location') ?? '')
  assert.equal(answer.searchParams.get('error'), 'invalid_request')
})

test('a confidential client has bound access tokens, and its refresh token is bound to it alone', async () => {
  const set = await withBoundApplication({ public: false })
  const { server, authorize, client, verifier, key } = set
  await using _ = server
  const secret = { client_secret: String(client['client_secret']), client_id: set.clientId }
  const send = (parameters: Readonly<Record<string, string>>, headers = {}) =>
    post(server, '/oauth/token', { ...secret, ...parameters }, headers)
  const code = { code: await authorize(), code_verifier: verifier }
  const first = await send({ grant_type: 'authorization_code', ...code }, { dpop: key.proof() })
  assert.equal(first.body['token_type'], 'DPoP')
  const token = { grant_type: 'refresh_token', refresh_token: String(first.body['refresh_token']) }
  const second = newDpopKey(server)
  const next = await send(token, { dpop: second.proof() })
  assert.deepEqual(claimsOf(next.body['access_token'])['cnf'], { jkt: second.jkt })
  const plain = await send({ ...token, refresh_token: String(next.body['refresh_token']) })
  assert.equal(plain.body['token_type'], 'Bearer')
})

test('[OA.94] an application that must prove possession gets no tokens without it', async () => {
  const { server, authorize, redeem, key } = await withBoundApplication({ dpop: 'required' })
  await using _ = server
  const code = await authorize()
  const refused = await redeem(code)
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_dpop_proof'])
  assert.equal((await redeem(code, key.proof())).body['token_type'], 'DPoP')
})

test('[21.31] [OA.98] an application with nonces repeats a request with the nonce that it is given', async () => {
  const { server, authorize, redeem, refresh, key } = await withBoundApplication({ dpop: 'nonce' })
  await using _ = server
  const code = await authorize()
  const asked = await redeem(code, key.proof())
  assert.deepEqual([asked.status, asked.body['error']], [400, 'use_dpop_nonce'])
  assert.equal(asked.headers.get('access-control-allow-origin'), '*')
  assert.match(asked.headers.get('access-control-expose-headers') ?? '', /dpop-nonce/)
  const nonce = asked.headers.get('dpop-nonce')
  const issued = await redeem(code, key.proof({ nonce }))
  assert.equal(issued.status, 200, JSON.stringify(issued.body))
  server.clock.advance(120)
  const stale = key.proof({ nonce })
  const again = await refresh(issued.body['refresh_token'], stale)
  assert.equal(again.body['error'], 'use_dpop_nonce')
  const fresh = key.proof({ nonce: again.headers.get('dpop-nonce') })
  assert.equal((await refresh(issued.body['refresh_token'], fresh)).status, 200)
  assert.equal((await redeem(code)).body['error'], 'invalid_dpop_proof')
})

test('[OA.95] service accounts and API tokens get bound tokens too, and introspection says so', async () => {
  const { server, client, token: admin } = await withClient()
  await using _ = server
  const key = newDpopKey(server)
  const ask = (parameters: Readonly<Record<string, string>>, dpop = key.proof()) =>
    post(server, '/oauth/token', parameters, { dpop })
  const asked = { grant_type: 'client_credentials', ...client, resource: audience }
  const { body } = await ask(asked)
  assert.equal(body['token_type'], 'DPoP')
  const facts = await post(server, '/oauth/introspect', {
    ...client,
    token: String(body['access_token']),
  })
  assert.equal(facts.body['token_type'], 'DPoP')
  assert.deepEqual(facts.body['cnf'], { jkt: key.jkt })
  const proof = key.proof()
  assert.equal((await ask(asked, proof)).status, 200)
  assert.equal((await ask(asked, proof)).body['error'], 'invalid_dpop_proof')

  const made = await request(server, 'POST /me/tokens', {
    token: admin,
    body: { name: 'ci', scopes: ['notes:read'], resource: audience },
  })
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: String(made.body['token']),
    subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
  }
  const bound = await ask(exchange)
  assert.equal(bound.body['token_type'], 'DPoP', JSON.stringify(bound.body))
  assert.deepEqual(claimsOf(bound.body['access_token'])['cnf'], { jkt: key.jkt })
})

test('[21.36] a proof is recorded only with tokens that are issued, so that made-up ones fill nothing', async () => {
  const { server, authorize, redeem, refresh, key } = await withBoundApplication()
  await using _ = server
  const proof = key.proof()
  for (const code of ['made-up', await authorize({ dpop_jkt: newDpopKey(server).jkt })])
    assert.equal((await redeem(code, proof)).body['error'], 'invalid_grant')
  assert.equal((await refresh('csrt_made-up', proof)).body['error'], 'invalid_grant')
  assert.equal((await redeem(await authorize(), proof)).status, 200, 'it is unused')
})

test('[21.32] userinfo and the admin API accept a bound token with a proof, once, and not as a bearer token', async () => {
  const { server, authorize, redeem, key, add, userId } = await withBoundApplication()
  await using _ = server
  const { body } = await redeem(await authorize(), key.proof())
  const send = async (token: unknown, path: string, dpop: string, scheme = 'DPoP') => {
    const headers = { authorization: `${scheme} ${String(token)}`, dpop }
    const response = await server.fetch(new Request(`http://127.0.0.1${path}`, { headers }))
    const answer = (await response.json()) as Readonly<Record<string, unknown>>
    return { status: response.status, headers: response.headers, answer }
  }
  const token = body['access_token']
  const proofFor = (path: string, one: unknown) =>
    key.proof({ htm: 'GET', htu: `http://localhost:5000${path}` }, one)
  const proof = proofFor('/oauth/userinfo', token)
  const info = await send(token, '/oauth/userinfo', proof)
  assert.deepEqual([info.status, info.answer['sub']], [200, userId])
  const replayed = await send(token, '/oauth/userinfo', proof)
  assert.deepEqual([replayed.status, replayed.answer['code']], [401, 'proof_invalid'])
  assert.match(replayed.headers.get('www-authenticate') ?? '', /^DPoP error="invalid_dpop_proof"/)
  const plain = await send(token, '/oauth/userinfo', proofFor('/oauth/userinfo', token), 'Bearer')
  assert.deepEqual([plain.status, plain.answer['code']], [401, 'token_invalid'])

  const account = await add({
    name: 'deployer',
    redirect_uris: undefined,
    public: undefined,
    scopes: ['admin:users'],
    resources: undefined,
  })
  const credentials = {
    client_id: String(account['id']),
    client_secret: String(account['client_secret']),
  }
  const asked = { grant_type: 'client_credentials', ...credentials }
  const issued = await post(server, '/oauth/token', asked, { dpop: key.proof() })
  const admin = issued.body['access_token']
  const listed = await send(admin, '/admin/users', proofFor('/admin/users', admin))
  assert.equal(listed.status, 200, JSON.stringify(listed.answer))
})

test('[OA.93] the metadata list the algorithms of proofs, and applications the setting', async () => {
  const { server, add, token } = await withApplication()
  await using _ = server
  const { body } = await request(server, 'GET /.well-known/oauth-authorization-server')
  const algorithms = body['dpop_signing_alg_values_supported'] as readonly string[]
  for (const one of ['ES256', 'EdDSA', 'Ed25519', 'PS256']) assert.ok(algorithms.includes(one))
  for (const one of ['HS256', 'none', 'ML-DSA-44']) assert.ok(!algorithms.includes(one))
  const made = await add({ name: 'bound', dpop: 'required' })
  assert.equal((made['application'] as Readonly<Record<string, unknown>>)['dpop'], 'required')
  const unknown = { name: 'x', redirect_uris: ['https://x.example/'], dpop: 'sometimes' }
  const refused = await request(server, 'POST /admin/clients', { token, body: unknown })
  assert.equal(refused.status, 400)
})
