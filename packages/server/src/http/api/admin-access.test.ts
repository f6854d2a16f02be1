import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { request, signIn, password, withAda } from './api.fixture.ts'
import { adminRoutes } from './routes.ts'

const lines = adminRoutes.map(({ method, path, maxAge, example }) => {
  const params: Readonly<Record<string, string>> = example.params ?? {}
  const line = `${method} ${path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '')}`
  return {
    line,
    maxAge,
    body: 'body' in example ? example.body : undefined,
    changes: method !== 'GET',
  }
})

test('only administrators get answers from the routes for administrators', async () => {
  const { server } = await withAda()
  await using _ = server
  const ada = await signIn(server, 'ada', password)
  for (const { line, body } of lines) {
    const stranger = await request(server, line, { body })
    assert.deepEqual([stranger.status, stranger.code], [401, 'token_missing'], line)
    const user = await request(server, line, { body, token: ada })
    assert.deepEqual([user.status, user.code], [403, 'role_missing'], line)
  }
})

test('[18.6] a token of a user who is no longer an administrator is revoked', async () => {
  const { server, token, id } = await withAda()
  await using _ = server
  const roles = (list: readonly string[]) =>
    request(server, `PATCH /admin/users/${id}`, { token, body: { roles: list } })
  await roles(['admin'])
  const ada = await signIn(server, 'ada', password)
  assert.equal((await request(server, 'GET /admin/users', { token: ada })).status, 200)
  await roles([])
  for (const { line, body } of lines)
    assert.equal((await request(server, line, { body, token: ada })).code, 'token_revoked', line)
})

test('changes by administrators require a sign-in of the last 15 minutes (RFC 9470)', async () => {
  await using server = await testServer({ COUNTERSIGN_TOKENS_LIFETIME: '1h' })
  const token = await signIn(server)
  server.clock.advance(901)
  const asked = []
  for (const { line, body, maxAge, changes } of lines) {
    const { status, code, headers } = await request(server, line, { body, token })
    if (maxAge === undefined) {
      assert.notEqual(code, 'authentication_too_old', line)
      if (changes) asked.push(line.replace(/\/[us]_.*?(?=$|\/)/, ''))
      continue
    }
    assert.deepEqual([status, code], [401, 'authentication_too_old'], line)
    const challenge = headers.get('www-authenticate') ?? ''
    assert.match(challenge, /error="insufficient_user_authentication".*max_age="900"/, line)
  }
  const calm = [
    'DELETE /admin/users/sessions',
    'DELETE /admin/sessions',
    'POST /admin/audit-log/verify',
  ]
  assert.deepEqual(asked, calm, 'signing others out may be urgent, and a check changes nothing')
})
