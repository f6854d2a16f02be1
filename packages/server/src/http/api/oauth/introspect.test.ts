import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, signIn } from '../api.fixture.ts'
import { audience, post, withClient, type OAuthAnswer } from './oauth.fixture.ts'

const grant = { grant_type: 'client_credentials' }
const inactive = { active: false }

/** Starts a server with two service accounts for one resource, and one for another. */
async function withThree() {
  const { server, token, add, client } = await withClient()
  const another = { audience: 'https://other.example', scopes: ['other'] }
  await request(server, 'POST /admin/resources', { token, body: another })
  const made = async (given: Readonly<Record<string, unknown>>) => {
    const one = await add(given)
    return { client_id: String(one['id']), client_secret: String(one['client_secret']) }
  }
  const api = await made({ name: 'api' })
  const foreign = await made({ name: 'foreign', scopes: ['other'], resources: [another.audience] })
  const tokenOf = async (one: typeof client) =>
    String((await post(server, '/oauth/token', { ...grant, ...one })).body['access_token'])
  const introspect = (one: typeof client, asked: string): Promise<OAuthAnswer> =>
    post(server, '/oauth/introspect', { ...one, token: asked })
  const revoke = (one: typeof client, asked: string) =>
    post(server, '/oauth/revoke', { ...one, token: asked, token_type_hint: 'refresh_token' })
  return { server, token, client, api, foreign, tokenOf, introspect, revoke }
}

test('[OA.56] an access token is introspected by service accounts of its resource, and by no others', async () => {
  const { server, client, api, foreign, tokenOf, introspect, token } = await withThree()
  await using _ = server
  const asked = await tokenOf(client)
  const { status, body, headers } = await introspect(api, asked)
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  const { jti, ...others } = body
  assert.ok(jti)
  assert.deepEqual(others, {
    active: true,
    token_type: 'Bearer',
    iss: 'http://localhost:5000',
    sub: client.client_id,
    aud: audience,
    exp: 1_800_000_900,
    iat: 1_800_000_000,
    scope: 'notes:read notes:write',
    client_id: client.client_id,
  })
  assert.deepEqual((await introspect(foreign, asked)).body, inactive)
  assert.deepEqual((await introspect(api, `${asked}x`)).body, inactive)
  assert.deepEqual((await introspect(api, 'no token')).body, inactive)
  assert.deepEqual((await introspect(api, token)).body, inactive, 'for another audience')
  server.clock.advance(1_000)
  assert.deepEqual((await introspect(api, asked)).body, inactive)
})

test('[OA.50, OA.55] callers authenticate, and name a token', async () => {
  const { server, api } = await withThree()
  await using _ = server
  for (const path of ['/oauth/introspect', '/oauth/revoke']) {
    assert.equal((await post(server, path, { token: 'x' })).status, 401)
    const wrong = { ...api, client_secret: 'x', token: 'x' }
    assert.equal((await post(server, path, wrong)).body['error'], 'invalid_client')
    assert.equal((await post(server, path, api)).body['error'], 'invalid_request')
    const got = await server.fetch(new Request(`http://localhost:5000${path}`))
    assert.equal(got.status, 405)
  }
})

test('[OA.51, OA.54, OA.57] a revoked access token ends with those before it, at once, and the next one is good', async () => {
  const { server, client, api, tokenOf, introspect, revoke } = await withThree()
  await using _ = server
  const [first, second, other] = [await tokenOf(client), await tokenOf(client), await tokenOf(api)]
  const isActive = async (one: string) => (await introspect(api, one)).body['active']
  const { error, error_description: why } = (await revoke(api, first)).body
  assert.equal(error, 'unauthorized_client')
  assert.match(String(why), /issued to another client/)
  assert.equal(await isActive(first), true, 'not by another client')
  const { status, body } = await revoke(client, first)
  assert.deepEqual([status, body], [200, {}])
  assert.deepEqual([await isActive(first), await isActive(second)], [false, false])
  const third = await tokenOf(client)
  assert.equal((await revoke(client, first)).status, 200)
  assert.deepEqual([await isActive(third), await isActive(other)], [true, true])
  assert.equal((await revoke(client, 'no token')).status, 200)
})

test('an API token is introspected without an exchange', async () => {
  const { server, api, foreign, introspect, revoke } = await withThree()
  await using _ = server
  const said = { name: 'x', scopes: ['notes:read'], resource: audience }
  const made = await request(server, 'POST /me/tokens', { token: await signIn(server), body: said })
  const asked = String(made.body['token'])
  const { body } = await introspect(api, asked)
  assert.deepEqual([body['active'], body['scope'], body['username']], [true, 'notes:read', 'admin'])
  assert.deepEqual((await introspect(foreign, asked)).body, inactive)
  assert.equal((await revoke(api, asked)).status, 200)
  assert.deepEqual((await introspect(api, asked)).body, inactive)
})

test('[20.32] introspection says of an API token what its exchange would: only scopes that its resource still has', async () => {
  const { server, token, api, introspect } = await withThree()
  await using _ = server
  const said = { name: 'x', scopes: ['notes:read', 'notes:write', 'roles'], resource: audience }
  const made = await request(server, 'POST /me/tokens', { token, body: said })
  const shown = async () => {
    const { body } = await introspect(api, String(made.body['token']))
    return body['scope'] ?? body
  }
  const put = (scopes: readonly string[]) =>
    request(server, 'POST /admin/resources', { token, body: { audience, scopes } })
  assert.equal(await shown(), 'notes:read notes:write roles')
  const { body: resource } = await put(['notes:read'])
  assert.equal(await shown(), 'notes:read roles')
  const line = `DELETE /admin/resources/${String(resource['id'])}`
  assert.equal((await request(server, line, { token })).status, 204)
  assert.deepEqual(await shown(), inactive, 'of a resource that was removed')
})
