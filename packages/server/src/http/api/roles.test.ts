import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from '@countersign/token'
import { password, request, withAda } from './api.fixture.ts'

test('[18.6] changed roles count at once: old access tokens are refused, and a refresh brings the new ones', async () => {
  const { server, token: administrator, id } = await withAda()
  await using _ = server
  const signIn = async () =>
    (await request(server, 'POST /login', { body: { username: 'ada', password } })).body
  const devices = [await signIn(), await signIn()]
  const rolesOf = (token: unknown) => inspect(String(token)).claims['roles']
  const change = async (roles: readonly string[]) => {
    const changed = { token: administrator, body: { roles } }
    assert.equal((await request(server, `PATCH /admin/users/${id}`, changed)).status, 200)
  }
  const code = async (token: unknown) =>
    (await request(server, 'GET /me', { token: String(token) })).code

  assert.deepEqual(rolesOf(devices[0]?.['token']), ['editor'])
  await change([])
  for (const { token, refresh_token } of devices) {
    assert.equal(await code(token), 'token_revoked')
    const { body: next } = await request(server, 'POST /refresh', { body: { refresh_token } })
    assert.equal(rolesOf(next['token']), undefined)
    assert.equal(await code(next['token']), undefined, 'no device is signed out')
  }
  const { token } = await signIn()
  await change([])
  assert.equal(await code(token), undefined, 'roles that stay the same revoke nothing')
  await change(['editor', 'author'])
  assert.equal(await code(token), 'token_revoked', 'more roles count at once, too')
})
