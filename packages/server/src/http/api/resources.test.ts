import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, signIn, password, withAda } from './api.fixture.ts'

test('administrators add, list and remove resources, and no other user does', async () => {
  const { server, token } = await withAda()
  await using _ = server
  const body = { audience: 'https://notes.example', scopes: ['notes:read'] }
  const made = await request(server, 'POST /admin/resources', { token, body })
  assert.equal(made.status, 200)
  const listed = await request(server, 'GET /admin/resources', { token })
  assert.deepEqual(listed.body, { resources: [made.body] })
  const ada = await signIn(server, 'ada', password)
  for (const line of ['GET /admin/resources', `DELETE /admin/resources/${String(made.body['id'])}`])
    assert.equal((await request(server, line, { token: ada })).code, 'role_missing')
  const line = `DELETE /admin/resources/${String(made.body['id'])}`
  assert.equal((await request(server, line, { token })).status, 204)
  assert.equal((await request(server, line, { token })).code, 'resource_unknown')
})
