import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { request, signIn } from './api.fixture.ts'

const password = 'correct horse battery'
const byInvitation = { COUNTERSIGN_USERS_REGISTRATION: 'invitation' }

test('[18.26] if registration is by invitation, it requires an invitation, which has a link and works once', async () => {
  await using server = await testServer(byInvitation)
  const token = await signIn(server)
  const made = await request(server, 'POST /admin/invitations', {
    token,
    body: { roles: ['editor'] },
  })
  assert.equal(made.status, 201)
  const { invitation, link, ...shown } = made.body
  assert.equal(link, `http://localhost:5000/sign-up#invitation=${String(invitation)}`)
  assert.match(String(invitation), /^csin_[\w-]{43}$/)
  const register = (username: string, more = {}) =>
    request(server, 'POST /register', { body: { username, password, ...more } })
  assert.equal((await register('ada')).code, 'invitation_missing')
  assert.equal((await register('ada', { invitation: 'csin_x' })).code, 'invitation_unusable')
  assert.deepEqual((await register('ada', { invitation })).body['roles'], ['editor'])
  assert.equal((await register('eve', { invitation })).code, 'invitation_unusable')

  const { body } = await request(server, 'GET /admin/invitations', { token })
  assert.deepEqual(body, { invitations: [{ ...shown, state: 'used' }], next: null })
  assert.ok(!JSON.stringify(body).includes('csin_'))
})

test('an invitation can be revoked, and expires', async () => {
  await using server = await testServer(byInvitation)
  const token = await signIn(server)
  const invite = async (body: object) => {
    const { body: made } = await request(server, 'POST /admin/invitations', { token, body })
    return { id: String(made['id']), invitation: String(made['invitation']) }
  }
  const [back, short] = [await invite({}), await invite({ expires_in: 60 })]
  assert.equal(
    (await request(server, `DELETE /admin/invitations/${back.id}`, { token })).status,
    204,
  )
  server.clock.advance(60)
  for (const { invitation } of [back, short]) {
    const body = { username: 'ada', password, invitation }
    assert.equal((await request(server, 'POST /register', { body })).code, 'invitation_unusable')
  }
  const gone = await request(server, `DELETE /admin/invitations/${back.id}`, { token })
  assert.equal(gone.code, 'invitation_unknown')
})

test('an invitation is void while its inviter is not an administrator, and the audit log records why it was refused', async () => {
  await using server = await testServer(byInvitation)
  const token = await signIn(server)
  const bob = { username: 'bob', password, roles: ['admin'] }
  const { body: bobs } = await request(server, 'POST /admin/users', { token, body: bob })
  const theirs = await signIn(server, 'bob', password)
  const { body: made } = await request(server, 'POST /admin/invitations', {
    token: theirs,
    body: { roles: ['admin'] },
  })
  assert.equal(made['created_by'], bobs['id'])
  const setRoles = (roles: readonly string[]) =>
    request(server, `PATCH /admin/users/${bobs['id']}`, { token, body: { roles } })
  const state = async () => {
    const { body } = await request(server, 'GET /admin/invitations', { token })
    return (body['invitations'] as { state: string }[])[0]?.state
  }
  const body = { username: 'eve', password, invitation: made['invitation'] }
  const register = () => request(server, 'POST /register', { body })
  await setRoles(['editor'])
  assert.equal(await state(), 'void')
  assert.equal((await register()).code, 'invitation_unusable')
  const { body: auditLog } = await request(server, 'GET /admin/audit-log?limit=1', { token })
  const [entry] = auditLog['entries'] as { type: string; facts: object }[]
  assert.equal(entry?.type, 'invitation_refused')
  assert.deepEqual(entry.facts, { invitation: made['id'], reason: 'inviter_powerless' })
  await setRoles(['admin'])
  assert.equal(await state(), 'open')
  assert.deepEqual((await register()).body['roles'], ['admin'])
})

test('an invitation does not work if the operator has closed registration', async () => {
  await using server = await testServer()
  const token = await signIn(server)
  const { body: made } = await request(server, 'POST /admin/invitations', { token })
  const body = { username: 'ada', password, invitation: made['invitation'] }
  assert.equal((await request(server, 'POST /register', { body })).code, 'registration_closed')
})
