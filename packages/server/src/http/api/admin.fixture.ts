import assert from 'node:assert/strict'
import { testServer } from '../../testing.ts'
import { ask, signIn } from './api.fixture.ts'

/** The password of Ada. */
export const password = 'correct horse battery'

/** A development server; its administrator, and Ada who is none. */
export async function withAda() {
  const server = await testServer()
  const token = await signIn(server)
  const body = { username: 'ada', password, email: 'ada@example.com', roles: ['editor'] }
  const made = await ask(server, 'POST /admin/users', { token, body })
  assert.equal(made.status, 201)
  const id = String(made.body['id'])
  return { server, token, id, made: made.body }
}
