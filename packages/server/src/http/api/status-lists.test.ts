import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { inspect, localKeySet, importPublicKey, type PublicJwk } from '@countersign/token'
import { createStatusListVerifier, type StatusListVerifier } from '@countersign/token/internal'
import { testServer, type TestServer } from '../../testing.ts'

const origin = 'http://localhost:5000'

function request(server: TestServer, path: string, init: RequestInit = {}) {
  return server.fetch(new Request(origin + path, init))
}

function post(server: TestServer, path: string, body: unknown, token?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return request(server, path, { method: 'POST', headers, body: JSON.stringify(body) })
}

interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

async function signIn(server: TestServer): Promise<Tokens> {
  const response = await post(server, '/login', { username: 'admin', password: 'password' })
  return (await response.json()) as Tokens
}

function statusOf(token: string): { readonly idx: number; readonly uri: string } {
  const claims = inspect(token).claims as { status: { status_list: { idx: number; uri: string } } }
  return claims.status.status_list
}

/** Verifies the lists of a server, as a guard does. */
async function verifierOf(server: TestServer): Promise<StatusListVerifier> {
  const answer = await request(server, '/.well-known/jwks.json')
  const { keys } = (await answer.json()) as { readonly keys: readonly PublicJwk[] }
  const known = localKeySet(keys.map((jwk) => importPublicKey(jwk, 'ES256')))
  const { clock } = server
  return createStatusListVerifier({ issuer: origin, algorithms: ['ES256'], keys: known, clock })
}

async function published(server: TestServer, path = '/status-lists/1') {
  const token = await (await request(server, path)).text()
  return (await verifierOf(server)).list(token, origin + path)
}

test('each session has its own bit, and its tokens name it', async () => {
  await using server = await testServer()
  const tokens = await Promise.all(Array.from({ length: 8 }, () => signIn(server)))
  const seen = tokens.map(({ token }) => statusOf(token))
  assert.deepEqual([...new Set(seen.map(({ uri }) => uri))], [`${origin}/status-lists/1`])
  assert.equal(new Set(seen.map(({ idx }) => idx)).size, 8)
  for (const { idx } of seen) assert.ok(idx >= 0 && idx < 2 ** 20)
  const { refresh_token } = tokens[0]!
  const next = (await (await post(server, '/refresh', { refresh_token })).json()) as Tokens
  assert.deepEqual(statusOf(next.token), seen[0], 'for as long as the session lives')
})

test('a list has the bit of a session as soon as its end is answered, and no other bit', async () => {
  await using server = await testServer()
  const [gone, stays] = [await signIn(server), await signIn(server)]
  const before = await published(server)
  assert.equal(before.list.get(statusOf(gone.token).idx), 0)
  assert.equal((await post(server, '/logout', {}, gone.token)).status, 204)
  const after = await published(server)
  assert.equal(after.list.get(statusOf(gone.token).idx), 1)
  assert.equal(after.list.get(statusOf(stays.token).idx), 0)
  assert.deepEqual([before.seq, after.seq, after.ttl], [0, server.clock.now() * 1_000 + 1, 300])
  assert.equal(after.expiresAt - after.issuedAt, 600)
})

test('a list is a Status List Token, a public document that pages of any origin may read', async () => {
  await using server = await testServer()
  await signIn(server)
  const response = await request(server, '/status-lists/1')
  assert.equal(response.headers.get('content-type'), 'application/statuslist+jwt')
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.equal(response.headers.get('cache-control'), 'public, max-age=5')
  const text = await response.text()
  const { header, claims } = inspect(text)
  assert.equal(header['typ'], 'statuslist+jwt')
  assert.deepEqual(Object.keys(claims).toSorted(), [
    'exp',
    'iat',
    'iss',
    'seq',
    'status_list',
    'sub',
    'ttl',
  ])
  const known = { 'if-none-match': response.headers.get('etag') ?? '' }
  assert.equal((await request(server, '/status-lists/1', { headers: known })).status, 304)
  const packed = await request(server, '/status-lists/1', {
    headers: { 'accept-encoding': 'gzip' },
  })
  if (packed.headers.get('content-encoding') === 'gzip')
    assert.equal(gunzipSync(await packed.bytes()).toString(), text)
})

test('unknown lists and past versions of lists are refused', async () => {
  await using server = await testServer()
  await signIn(server)
  const codeAt = async (path: string) => {
    const response = await request(server, path)
    return [response.status, ((await response.json()) as { readonly code: string }).code]
  }
  for (const path of [
    '/status-lists/2',
    '/status-lists/0',
    '/status-lists/01',
    '/status-lists/1e0',
  ])
    assert.deepEqual(await codeAt(path), [404, 'status_list_unknown'], path)
  assert.deepEqual(await codeAt('/status-lists/9/feed'), [404, 'status_list_unknown'])
  assert.deepEqual(await codeAt('/status-lists/1?time=1'), [501, 'status_list_time'])
})

test('all lists can be discovered from the metadata', async () => {
  await using server = await testServer()
  const metadata = await request(server, '/.well-known/oauth-authorization-server')
  const { status_list_aggregation_endpoint: all } = (await metadata.json()) as Record<
    string,
    string
  >
  const listed = async () => (await request(server, String(all).slice(origin.length))).json()
  assert.deepEqual(await listed(), { status_lists: [] })
  await signIn(server)
  assert.deepEqual(await listed(), { status_lists: [`${origin}/status-lists/1`] })
})

test('a list is signed again every few seconds, with the same contents', async () => {
  await using server = await testServer()
  const { token } = await signIn(server)
  await post(server, '/logout', {}, token)
  server.clock.advance(1) // what was to be built ahead is
  server.clock.advance(5)
  const first = await published(server)
  server.clock.advance(4)
  assert.equal((await published(server)).issuedAt, first.issuedAt)
  server.clock.advance(1)
  const second = await published(server)
  assert.equal(second.issuedAt, first.issuedAt + 5)
  assert.equal(second.list.get(statusOf(token).idx), 1)
})

test('a server that cannot read its database fails, and neither serves an old list nor confirms it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-'))
  try {
    const file = join(folder, 'server.db')
    await using server = await testServer({ COUNTERSIGN_DATABASE_URL: `sqlite:${file}` })
    await signIn(server)
    const first = await request(server, '/status-lists/1')
    const known = { 'if-none-match': first.headers.get('etag') ?? '' }
    using other = new DatabaseSync(file)
    other.exec('ALTER TABLE status_changes RENAME TO gone')
    server.clock.advance(5)
    await request(server, '/status-lists/1')
    for (const headers of [{}, known]) {
      server.clock.advance(6)
      const refused = await request(server, '/status-lists/1', { headers })
      assert.equal(refused.status, 503)
      assert.ok(Number(refused.headers.get('retry-after')) >= 1)
      assert.equal(refused.headers.get('etag'), null)
    }
    other.exec('ALTER TABLE gone RENAME TO status_changes')
    assert.equal((await published(server)).issuedAt, server.clock.now())
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a bit is cleared once no token can refer to it, and not before', async () => {
  await using server = await testServer({ COUNTERSIGN_TOKENS_LIFETIME: '24h' })
  const { token } = await signIn(server)
  await post(server, '/logout', {}, token)
  const { idx } = statusOf(token)
  server.clock.advance(86_400 + 3_599)
  assert.equal((await published(server)).list.get(idx), 1)
  server.clock.advance(3_601)
  assert.equal((await published(server)).list.get(idx), 0)
})

test('every way of ending a session sets its bit', async () => {
  await using server = await testServer()
  const end = async (how: (mine: Tokens) => unknown) => {
    const mine = await signIn(server)
    await how(mine)
    const { list } = await published(server)
    return list.get(statusOf(mine.token).idx)
  }
  const remove = (path: string, token: string) =>
    request(server, path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  const logout = ({ refresh_token }: Tokens) => post(server, '/logout', { refresh_token })
  assert.equal(await end(logout), 1, 'sign-out by refresh token')
  assert.equal(await end(({ token }) => post(server, '/logout', { everywhere: true }, token)), 1)
  assert.equal(
    await end(({ token }) => remove(`/sessions/${String(inspect(token).claims['sid'])}`, token)),
    1,
    'by its user',
  )
  const others = async () => remove('/sessions', (await signIn(server)).token)
  assert.equal(await end(others), 1, 'by its user, from another device')
  const steal = async ({ refresh_token }: Tokens) => {
    await post(server, '/refresh', { refresh_token })
    server.clock.advance(11)
    assert.equal((await post(server, '/refresh', { refresh_token })).status, 401)
  }
  assert.equal(await end(steal), 1, 'a refresh token that was used twice')
  const changePassword = async () => {
    const change = { current_password: 'password', new_password: 'several words of no quotation' }
    const { token } = await signIn(server)
    assert.equal((await post(server, '/password/change', change, token)).status, 200)
  }
  assert.equal(await end(changePassword), 1, 'a password change on another device')
})

test('the server rejects a token as soon as its sign-out is answered', async () => {
  await using server = await testServer()
  const [gone, stays] = [await signIn(server), await signIn(server)]
  const open = async (path: string, { token }: Tokens) => {
    const response = await request(server, path, { headers: { authorization: `Bearer ${token}` } })
    const { code, message } = (await response.json()) as Record<string, string>
    return [response.status, code ?? message]
  }
  const greeting = 'Hello, admin. You are authenticated!'
  assert.deepEqual(await open('/protected', gone), [200, greeting])
  await post(server, '/logout', {}, gone.token)
  assert.deepEqual(await open('/protected', gone), [401, 'token_revoked'])
  assert.deepEqual(await open('/me', gone), [401, 'token_revoked'])
  assert.deepEqual(await open('/protected', stays), [200, greeting])
})

test('signing out is idempotent, and a token of an ended session ends no other sessions', async () => {
  await using server = await testServer()
  const [gone, stays] = [await signIn(server), await signIn(server)]
  for (const body of [{}, {}, { everywhere: true }])
    assert.equal((await post(server, '/logout', body, gone.token)).status, 204)
  const { refresh_token } = stays
  assert.equal((await post(server, '/refresh', { refresh_token })).status, 200)
})
