import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer, type TestServer } from '../../testing.ts'
import { request, signIn, password, withAda } from './api.fixture.ts'

test('an administrator finds, changes, disables and deletes users, and the audit log records who did it', async () => {
  const { server, token, id, made } = await withAda()
  await using _ = server
  const { body: me } = await request(server, 'GET /me', { token })
  const shown = await request(server, `GET /admin/users/${id}`, { token })
  assert.deepEqual(shown.body, made)
  const found = await request(server, 'GET /admin/users?search=AD', { token })
  const names = (found.body['users'] as readonly { username: string }[]).map((one) => one.username)
  assert.deepEqual(names.toSorted(), ['ada', 'admin'])

  const change = { email: null, roles: ['editor', 'reader'] }
  const changed = await request(server, `PATCH /admin/users/${id}`, { token, body: change })
  assert.deepEqual([changed.body['email'], changed.body['roles']], [null, ['editor', 'reader']])
  await signIn(server, 'ada', password)
  const disabled = await request(server, `POST /admin/users/${id}/disable`, { token })
  assert.deepEqual(disabled.body, { ended: 1 })
  assert.equal(await signIn(server, 'ada', password), 'undefined')
  assert.equal((await request(server, `POST /admin/users/${id}/enable`, { token })).status, 204)
  const next = { password: 'donaudampfschiffahrt' }
  const given = await request(server, `POST /admin/users/${id}/password`, { token, body: next })
  assert.equal(given.status, 200)
  assert.notEqual(await signIn(server, 'ada', next.password), 'undefined')
  assert.equal((await request(server, `DELETE /admin/users/${id}`, { token })).status, 204)
  assert.equal((await request(server, `GET /admin/users/${id}`, { token })).code, 'user_unknown')

  const { body } = await request(server, `GET /admin/audit-log?user=${id}`, { token })
  const entries = body['entries'] as readonly { type: string; facts: { by?: string } }[]
  const byAdmin = entries.filter(({ facts }) => facts.by === me['id']).map(({ type }) => type)
  assert.deepEqual(byAdmin, [
    'user_deleted',
    'password_set',
    'user_enabled',
    'user_disabled',
    'roles_set',
    'email_set',
    'user_registered',
  ])
})

test('administrators cannot lock themselves out', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  const id = String((await request(server, 'GET /me', { token })).body['id'])
  for (const [line, body] of [
    [`POST /admin/users/${id}/disable`],
    [`DELETE /admin/users/${id}`],
    [`POST /admin/users/${id}/password`, { password }],
    [`PATCH /admin/users/${id}`, { roles: ['editor'] }],
  ] as const)
    assert.deepEqual((await request(server, line, { token, body })).code, 'not_oneself', line)
  const kept = await request(server, `PATCH /admin/users/${id}`, {
    token,
    body: { roles: ['admin', 'editor'] },
  })
  assert.equal(kept.status, 200)
})

test('the pages of a list miss no row and repeat none', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  for (let at = 0; at < 7; at++) {
    if (at % 3 === 0) server.clock.advance(1) // some in the same second
    const body = { username: `user-${at}`, password }
    assert.equal((await request(server, 'POST /admin/users', { token, body })).status, 201)
  }
  for (const [path, list] of [
    ['/admin/users', 'users'],
    ['/admin/audit-log', 'entries'],
  ] as const) {
    const all = (await request(server, `GET ${path}?limit=200`, { token })).body
    assert.equal(all['next'], null)
    const seen: unknown[] = []
    for (let cursor: unknown = ''; cursor !== null;) {
      const rest = cursor === '' ? '' : `&cursor=${String(cursor)}`
      const { body } = await request(server, `GET ${path}?limit=3${rest}`, { token })
      seen.push(...(body[list] as readonly unknown[]))
      cursor = body['next']
    }
    assert.ok(seen.length >= 8)
    assert.deepEqual(seen, all[list])
  }
})

test('an invalid query is refused, and the message quotes none of it', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  for (const query of [
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1&limit=2',
    'canary=1',
    'cursor=canary',
    `cursor=${Buffer.from('[1,2]').toString('base64url')}`,
    `cursor=${Buffer.from('{"a":1}').toString('base64url')}`,
    `search=${'x'.repeat(255)}`,
  ]) {
    const { status, code, body } = await request(server, `GET /admin/users?${query}`, { token })
    assert.deepEqual([status, code], [400, 'query_invalid'], query)
    assert.ok(!JSON.stringify(body).includes('canary'))
  }
})

test('an administrator signs out other users: one device, or all', async () => {
  const { server, token, id } = await withAda()
  await using _ = server
  for (let left = 3; left > 0; left--) await signIn(server, 'ada', password)
  const list = async () => {
    const { body } = await request(server, `GET /admin/users/${id}/sessions`, { token })
    return body['sessions'] as readonly { id: string }[]
  }
  const [first] = await list()
  assert.equal(
    (await request(server, `DELETE /admin/sessions/${first?.id}`, { token })).status,
    204,
  )
  assert.equal((await list()).length, 2)
  const all = await request(server, `DELETE /admin/users/${id}/sessions`, { token })
  assert.deepEqual([all.body, await list()], [{ ended: 2 }, []])
  for (const line of [
    'DELETE /admin/sessions/s_x',
    'GET /admin/users/u_x/sessions',
    'DELETE /admin/users/u_x/sessions',
  ])
    assert.equal((await request(server, line, { token })).status, 404, line)
})

async function states(server: TestServer, token: string) {
  const { body } = await request(server, 'GET /admin/keys', { token })
  const keys = body['keys'] as readonly { id: string; state: string }[]
  return keys.map(({ id, state }) => [state, id] as const)
}

test('an administrator rotates keys, and revokes a leaked key together with its tokens', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  const before = new Map(await states(server, token))
  assert.deepEqual([...before.keys()], ['standby', 'active'])
  const active = await request(server, `DELETE /admin/keys/${before.get('active')}`, { token })
  assert.deepEqual([active.status, active.code], [409, 'signing_key_active'])
  const unknown = await request(server, 'DELETE /admin/keys/x', { token })
  assert.equal(unknown.code, 'signing_key_unknown')
  const standby = await request(server, `DELETE /admin/keys/${before.get('standby')}`, { token })
  assert.equal(standby.status, 204)
  const calm = await request(server, 'POST /admin/keys', { token })
  assert.equal(calm.status, 200)
  assert.equal((await request(server, 'GET /me', { token })).status, 200)
  const urgent = await request(server, 'POST /admin/keys', {
    token,
    body: { compromised: true },
  })
  assert.equal(urgent.status, 200)
  assert.equal((await request(server, 'GET /me', { token })).code, 'token_invalid')
  const again = await signIn(server)
  const after = await states(server, again)
  assert.ok(after.some(([state, id]) => state === 'revoked' && id === before.get('active')))
})

test('an administrator verifies and exports the audit log', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  const { body } = await request(server, 'POST /admin/audit-log/verify', { token })
  assert.equal(body['fault'], null)
  assert.ok(Number(body['entries']) >= 2)
  const kept = { checkpoints: ['a.b.c'] }
  const doubted = await request(server, 'POST /admin/audit-log/verify', { token, body: kept })
  assert.deepEqual(doubted.body['fault'], { strand: 0, seq: 0, fault: 'checkpoint_unreadable' })
  const bodies = [{}, kept, {}, kept, {}, kept]
  const atOnce = await Promise.all(
    bodies.map((sent) => request(server, 'POST /admin/audit-log/verify', { token, body: sent })),
  )
  for (const { status, code } of atOnce)
    assert.ok(status === 200 || code === 'audit_log_check_running', `${status} ${String(code)}`)
  const headers = { authorization: `Bearer ${token}` }
  const response = await server.fetch(
    new Request('http://localhost/admin/audit-log/export', { headers }),
  )
  assert.equal(response.headers.get('content-type'), 'application/jsonl')
  const rows = (await response.text()).trimEnd().split('\n')
  assert.equal(rows.length, 1 + Number(body['entries']))
  assert.match(rows[0] ?? '', /^\{"checkpoint_key":\{/)
  for (const line of rows.slice(1)) assert.match(line, /"mac":"[\w-]{43}"/)
})
