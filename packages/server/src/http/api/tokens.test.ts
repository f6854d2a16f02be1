import { inspect } from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { testServer } from '../../testing.ts'
import { password, request, signIn, withAda } from './api.fixture.ts'
import { audience, post } from './oauth/oauth.fixture.ts'

const exchangeType = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:countersign:params:oauth:token-type:api_token',
}

/** Starts a server with a resource, and the user ada with an API token for it. */
async function withToken(scopes: readonly string[] = ['notes:read', 'roles']) {
  const { server, token: admin, id } = await withAda()
  const resource = { audience, scopes: ['notes:read', 'notes:write'] }
  await request(server, 'POST /admin/resources', { token: admin, body: resource })
  const token = await signIn(server, 'ada', password)
  const body = { name: 'backup', scopes, resource: audience }
  const made = await request(server, 'POST /me/tokens', { token, body })
  const secret = String(made.body['token'])
  const exchange = (given: Readonly<Record<string, string>> = {}) =>
    post(server, '/oauth/token', { ...exchangeType, subject_token: secret, audience, ...given })
  const codeOf = async (given?: Readonly<Record<string, string>>) => {
    const { status, body: answer } = await exchange(given)
    return status === 200 ? 'good' : answer['error']
  }
  return { server, admin, ada: id, token, made, secret, exchange, codeOf }
}

test('an API token is exchanged for a short access token with its status index', async () => {
  const { server, made, exchange, ada } = await withToken()
  await using _ = server
  assert.equal(made.status, 201)
  assert.match(String(made.body['token']), /^csk_[\w-]{135}$/)
  const { status, body, headers } = await exchange()
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  const { access_token, ...others } = body
  assert.deepEqual(others, {
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 900,
    scope: 'notes:read roles',
  })
  const { claims } = inspect(String(access_token))
  assert.deepEqual([claims.sub, claims.aud, claims['sid']], [ada, audience, made.body['id']])
  assert.deepEqual(claims['roles'], ['editor'])
  const again = inspect(String((await exchange({ scope: 'notes:read' })).body['access_token']))
  assert.deepEqual(again.claims['status'], claims['status'])
  assert.equal(again.claims['roles'], undefined, 'roles come with the scope only')
})

test('what is no exchange of an API token is refused', async () => {
  const { server, codeOf, secret } = await withToken()
  await using _ = server
  const expect = { subject_token: 'invalid_request', subject_token_type: 'invalid_request' }
  for (const [name, code] of Object.entries(expect))
    assert.equal(await codeOf({ [name]: '' }), code)
  const accessType = 'urn:ietf:params:oauth:token-type:access_token'
  assert.equal(await codeOf({ subject_token_type: accessType }), 'invalid_request')
  assert.equal(await codeOf({ requested_token_type: 'urn:other' }), 'invalid_request')
  assert.equal(await codeOf({ actor_token: 'x' }), 'invalid_request')
  assert.equal(await codeOf({ audience: 'https://other.example' }), 'invalid_target')
  assert.equal(await codeOf({ resource: 'https://other.example' }), 'invalid_target')
  assert.equal(await codeOf({ scope: 'notes:write' }), 'invalid_scope')
  assert.equal(await codeOf({ subject_token: `${secret}x` }), 'invalid_grant')
  assert.equal(await codeOf({ subject_token: secret.replace('csk_', 'css_') }), 'invalid_grant')
  assert.equal(await codeOf(), 'good')
})

suite('an API token ends', () => {
  test('when its user revokes it, and its access tokens with it', async () => {
    const { server, token, made, exchange, codeOf } = await withToken()
    await using _ = server
    const { claims } = inspect(String((await exchange()).body['access_token']))
    const line = `DELETE /me/tokens/${String(made.body['id'])}`
    const admin = await signIn(server)
    assert.equal((await request(server, line, { token: admin })).code, 'api_token_unknown')
    assert.equal((await request(server, line, { token })).status, 204)
    assert.equal(await codeOf(), 'invalid_grant')
    const { status_list } = claims['status'] as { readonly status_list: { readonly uri: string } }
    const list = await server.fetch(new Request(status_list.uri))
    assert.equal(list.status, 200)
    assert.deepEqual((await request(server, 'GET /me/tokens', { token })).body, { tokens: [] })
  })

  test('when it expires, when its user is disabled, and when the password is set', async () => {
    for (const end of ['expire', 'disable', 'password'] as const) {
      const { server, admin, ada, codeOf } = await withToken()
      await using _ = server
      assert.equal(await codeOf(), 'good')
      const body = { password: 'another good passphrase' }
      if (end === 'expire') server.clock.advance(90 * 86_400)
      if (end === 'disable')
        await request(server, `POST /admin/users/${ada}/disable`, { token: admin })
      if (end === 'password')
        await request(server, `POST /admin/users/${ada}/password`, { token: admin, body })
      assert.equal(await codeOf(), 'invalid_grant', end)
    }
  })

  test('but not when its user signs out, everywhere or on other devices', async () => {
    const { server, token, codeOf } = await withToken()
    await using _ = server
    assert.equal((await request(server, 'DELETE /sessions', { token })).status, 200)
    const body = { everywhere: true }
    assert.equal((await request(server, 'POST /logout', { token, body })).status, 204)
    assert.equal(await codeOf(), 'good')
  })

  test('by its holder at the revocation endpoint, without other credentials', async () => {
    const { server, secret, codeOf } = await withToken()
    await using _ = server
    const { status } = await post(server, '/oauth/revoke', { token: secret })
    assert.equal(status, 200)
    assert.equal(await codeOf(), 'invalid_grant')
    assert.equal((await post(server, '/oauth/revoke', { token: secret })).status, 200)
  })
})

test('[20.4] an API token does at this server nothing that its user does, and is no sign-in', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  const make = (scopes: readonly string[]) =>
    request(server, 'POST /me/tokens', { token, body: { name: 'own', scopes } })
  const made = await make(['roles'])
  const given = { ...exchangeType, subject_token: String(made.body['token']) }
  const { body } = await post(server, '/oauth/token', given)
  const own = { token: String(body['access_token']) }
  assert.deepEqual(inspect(own.token).claims['roles'], ['admin'])
  for (const line of [
    'GET /me',
    'GET /me/tokens',
    'GET /sessions',
    'POST /logout',
    'GET /admin/users',
  ])
    assert.equal((await request(server, line, own)).code, 'sign_in_required', line)
  const { body: listed } = await request(server, 'GET /sessions', { token })
  assert.equal((listed['sessions'] as unknown[]).length, 1)
  const id = String(made.body['id'])
  assert.equal((await request(server, `DELETE /sessions/${id}`, { token })).code, 'session_unknown')
  for (const scopes of [[], ['admin:users'], ['unknown']])
    assert.equal((await make(scopes)).code, 'scope_unacceptable')
  server.clock.advance(899)
  const fresh = await request(server, 'POST /me/tokens', {
    token,
    body: { name: 'x', scopes: ['roles'] },
  })
  assert.equal(fresh.status, 201)
})

test('[20.4] an API token is made after a recent sign-in only, and a user has 100 at most', async () => {
  const { server } = await withToken()
  await using _ = server
  const token = await signIn(server, 'ada', password)
  const make = (by = token) =>
    request(server, 'POST /me/tokens', { token: by, body: { name: 'x', scopes: ['roles'] } })
  for (let left = 99; left > 0; left--) assert.equal((await make()).status, 201)
  assert.equal((await make()).code, 'api_tokens_too_many')
})

test('the last use is right to the minute', async () => {
  const { server, token, exchange } = await withToken()
  await using _ = server
  const used = async () => {
    const { body } = await request(server, 'GET /me/tokens', { token })
    return (body['tokens'] as [{ readonly last_used_at: number | null }])[0].last_used_at
  }
  assert.equal(await used(), null)
  server.clock.advance(1)
  await exchange()
  assert.equal(await used(), 1_800_000_001, 'the first use, also within a minute')
  server.clock.advance(99)
  await exchange()
  server.clock.advance(59)
  await exchange()
  assert.equal(await used(), 1_800_000_100)
  server.clock.advance(1)
  await exchange()
  assert.equal(await used(), 1_800_000_160)
})

test('[20.5] unknown API tokens are limited by network, and known ones go on', async () => {
  await using server = await testServer({ COUNTERSIGN_LIMITS_ATTEMPTS: '3/1m' })
  const token = await signIn(server)
  const make = () =>
    request(server, 'POST /me/tokens', { token, body: { name: 'x', scopes: ['roles'] } })
  const [gone, kept] = [await make(), await make()]
  await using other = await testServer()
  const exchange = async (one: typeof gone, at = server) =>
    (await post(at, '/oauth/token', { ...exchangeType, subject_token: String(one.body['token']) }))
      .status
  assert.equal(await exchange(gone, other), 400)
  const foreign = await request(other, 'POST /me/tokens', {
    token: await signIn(other),
    body: { name: 'x', scopes: ['roles'] },
  })
  const statuses = []
  for (let left = 4; left > 0; left--) statuses.push(await exchange(foreign))
  assert.deepEqual(statuses, [400, 400, 400, 429])
  assert.equal(await exchange(kept), 200)

  const ada = await request(server, 'POST /admin/users', {
    token,
    body: { username: 'ada', password },
  })
  const theirs = await request(server, 'POST /me/tokens', {
    token: await signIn(server, 'ada', password),
    body: { name: 'x', scopes: ['roles'] },
  })
  assert.equal(await exchange(theirs), 200)
  await request(server, `DELETE /admin/users/${String(ada.body['id'])}`, { token })
  assert.equal(await exchange(theirs), 400, '[20.35] one that this server has made is no guess')
})
