import { createVerifier, importPublicKey, localKeySet, type PublicJwk } from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { request } from '../api.fixture.ts'
import { assertionType, audience, post, withClient } from './oauth.fixture.ts'

const issuer = 'http://localhost:5000'
const grant = { grant_type: 'client_credentials' }
const basic = ({ client_id, client_secret }: Readonly<Record<string, string>>) => ({
  authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
})

test('[OA.7] a service account gets a token of RFC 9068 by both ways to send its secret', async () => {
  const { server, client } = await withClient()
  await using _ = server
  const byPost = await post(server, '/oauth/token', { ...grant, ...client })
  const byBasic = await post(server, '/oauth/token', grant, basic(client))
  for (const { status, body, headers } of [byPost, byBasic]) {
    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'no-store')
    const { access_token, ...others } = body
    const scope = 'notes:read notes:write'
    assert.deepEqual(others, { token_type: 'Bearer', expires_in: 900, scope })
    const jwks = await request(server, 'GET /.well-known/jwks.json')
    const [jwk] = jwks.body['keys'] as PublicJwk[]
    const keys = localKeySet([importPublicKey(jwk!, 'ES256')])
    const verifier = createVerifier({
      issuer,
      audience,
      algorithms: ['ES256'],
      keys,
      clock: server.clock,
    })
    const { claims } = verifier.verify(String(access_token))
    assert.equal(claims.sub, client.client_id)
    assert.equal(claims['client_id'], client.client_id)
    assert.equal(claims.scope, scope)
    assert.ok(claims['status'])
  }
})

test('[OA.65] a request has the scopes and the resource that it names, and no others', async () => {
  const { server, client, add } = await withClient()
  await using _ = server
  const ask = async (given: Readonly<Record<string, string>>, of = client) => {
    const { status, body } = await post(server, '/oauth/token', { ...grant, ...of, ...given })
    return status === 200 ? body['scope'] : [status, body['error']]
  }
  const why = async (given: Readonly<Record<string, string>>, of = client) =>
    String(
      (await post(server, '/oauth/token', { ...grant, ...of, ...given })).body['error_description'],
    )
  assert.equal(await ask({ scope: 'notes:read', resource: audience }), 'notes:read')
  assert.equal(await ask({ scope: '', resource: '' }), 'notes:read notes:write')
  assert.deepEqual(await ask({ scope: 'notes:delete' }), [400, 'invalid_scope'])
  assert.deepEqual(await ask({ resource: 'https://other.example' }), [400, 'invalid_target'])
  assert.deepEqual(await ask({ resource: `${audience}/` }), [400, 'invalid_target'])
  assert.match(await why({ scope: 'notes:delete' }), /does not have the scope for this resource/)
  assert.match(await why({ resource: 'https://other.example' }), /does not have this resource/)
  assert.match(await why({ resource: `${audience}/` }), /does not have this resource: one .* slash/)
  const made = await add({
    name: 'both',
    resources: [audience, issuer],
    scopes: ['notes:read', 'admin:users'],
  })
  const both = { client_id: String(made['id']), client_secret: String(made['client_secret']) }
  assert.deepEqual(await ask({}, both), [400, 'invalid_target'])
  assert.match(await why({}, both), /resource is missing/)
  assert.equal(await ask({ resource: issuer }, both), 'admin:users')
  assert.deepEqual(await ask({ resource: issuer, scope: 'notes:read' }, both), [
    400,
    'invalid_scope',
  ])
})

suite('the token endpoint refuses', async () => {
  const { server, client } = await withClient()
  const codeOf = async (parameters: Readonly<Record<string, string>> | string, headers = {}) => {
    const { status, body, headers: sent } = await post(server, '/oauth/token', parameters, headers)
    assert.equal(sent.get('cache-control'), 'no-store')
    assert.match(String(body['error_description']), /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
    assert.equal(sent.has('www-authenticate'), status === 401)
    return `${status} ${String(body['error'])}`
  }

  test('[OA.6, OA.16, OA.46] what is no request of a token', async () => {
    assert.equal(await codeOf({}), '400 invalid_request')
    assert.equal(await codeOf(`grant_type=a&grant_type=a`), '400 invalid_request')
    assert.equal(await codeOf({ ...grant, resource: 'ä' }), '400 invalid_request')
    assert.equal(
      await codeOf({ ...grant }, { 'content-type': 'application/json' }),
      '400 invalid_request',
    )
    assert.equal(await codeOf({ grant_type: 'password' }), '400 unsupported_grant_type')
    assert.equal(await codeOf({ ...grant, ...client }, basic(client)), '400 invalid_request')
    const half = { ...grant, client_assertion_type: assertionType }
    assert.equal(await codeOf(half), '400 invalid_request')
  })

  test('[OA.20, OA.21] wrong credentials, all alike', async () => {
    const wrong = { ...client, client_secret: `${client.client_secret.slice(0, -1)}_` }
    for (const parameters of [
      {},
      { client_id: client.client_id },
      wrong,
      { ...client, client_id: 'c_none' },
    ])
      assert.equal(await codeOf({ ...grant, ...parameters }), '401 invalid_client')
    for (const authorization of [
      'Basic',
      'Basic !',
      `Basic ${btoa('no colon')}`,
      `Basic ${btoa('%:%')}`,
      `Basic ${btoa('%00:x')}`,
      'Bearer x',
    ])
      assert.equal(await codeOf(grant, { authorization }), '401 invalid_client')
    assert.equal(
      await codeOf({ ...grant, client_id: 'other' }, basic(client)),
      '401 invalid_client',
    )
  })

  test.after(() => server.close())
})

test('two secrets overlap, and the one before ends at its date', async () => {
  const { server, token, client } = await withClient()
  await using _ = server
  const line = `POST /admin/clients/${client.client_id}/secrets`
  const made = await request(server, line, { token, body: { overlap: 100 } })
  const next = { ...client, client_secret: String(made.body['client_secret']) }
  const statusOf = async (one: typeof client) =>
    (await post(server, '/oauth/token', { ...grant, ...one })).status
  assert.deepEqual([await statusOf(client), await statusOf(next)], [200, 200])
  server.clock.advance(100)
  assert.deepEqual([await statusOf(client), await statusOf(next)], [401, 200])
  const { body } = await request(server, 'GET /admin/clients', { token })
  const [{ secrets }] = body['clients'] as [{ readonly secrets: readonly object[] }]
  const used = secrets.map((one) => (one as { readonly last_used_at: number }).last_used_at)
  assert.deepEqual(used, [1_800_000_100, 1_800_000_000])
})

test('[20.1] [OA.8] wrong secrets are slowed down, also the right one then, and other clients are not', async () => {
  const { server, client, add } = await withClient({ COUNTERSIGN_LIMITS_FREE_ATTEMPTS: '2' })
  await using _ = server
  const made = await add({ name: 'other' })
  const other = { client_id: String(made['id']), client_secret: String(made['client_secret']) }
  const wrong = { ...client, client_secret: other.client_secret }
  const ask = (one: typeof client) => post(server, '/oauth/token', { ...grant, ...one })
  const statuses: number[] = []
  for (let left = 60; left > 0; left--) statuses.push((await ask(wrong)).status)
  assert.ok(statuses.includes(401) && statuses.at(-1) === 429)
  const limited = await ask(client)
  assert.equal(limited.status, 429)
  assert.ok(Number(limited.headers.get('retry-after')) >= 1)
  assert.equal((await ask(other)).status, 200)
})

test('[20.40] wrong credentials of made-up service accounts are limited by network, and right ones go on', async () => {
  const { server, client } = await withClient({ COUNTERSIGN_LIMITS_ATTEMPTS: '3/1m' })
  await using _ = server
  const ask = (change: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/token', { ...grant, ...client, ...change })
  const statuses = []
  for (let at = 0; at < 5; at++) statuses.push((await ask({ client_id: `c_${at}` })).status)
  assert.deepEqual(statuses, [401, 401, 401, 429, 429])
  const limited = await post(server, '/oauth/introspect', { client_id: 'c', client_secret: 'x' })
  assert.deepEqual([limited.status, limited.body['error']], [429, 'temporarily_unavailable'])
  assert.ok(Number(limited.headers.get('retry-after')) >= 1)
  assert.equal((await ask()).status, 200)
})

test('the metadata list what the token endpoint takes', async () => {
  const { server } = await withClient()
  await using _ = server
  const { body } = await request(server, 'GET /.well-known/oauth-authorization-server')
  assert.equal(body['token_endpoint'], `${issuer}/oauth/token`)
  assert.ok((body['grant_types_supported'] as string[]).includes('client_credentials'))
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
  assert.deepEqual(body['token_endpoint_auth_methods_supported'], methods)
})
