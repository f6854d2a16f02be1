import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from '../audit-log/event.ts'
import { openDomain, password } from '../domain.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { inviteUser } from './invite-user.ts'
import { addUser, registerUser, type RegistrationPolicy } from './register-user.ts'

// The operation is called alone, with no route or form before it: it must refuse on its own.

const policy = (registration: RegistrationPolicy['registration']) => ({ users: { registration } })

test('while registration is closed, registering and inviting are refused, even with an invitation', async (t) => {
  const { deps } = await openDomain(t)
  const closed = { ...deps, policies: { ...deps.policies, ...policy('closed') } }
  const { secret: invitation } = await inviteUser(deps, 60, [], commandLine)
  const refused = { code: 'registration_closed' }
  await assert.rejects(inviteUser(closed, 60, [], commandLine), refused)
  await assert.rejects(registerUser(closed, 'ada', password), refused)
  await assert.rejects(registerUser(closed, 'ada', password, { invitation }), refused)
  assert.equal((await addUser(closed, 'ada', password, { by: commandLine })).name, 'ada')
})

test('with the setting `invitation` a user registers with a valid invitation only', async (t) => {
  const { deps } = await openDomain(t)
  const invited = { ...deps, policies: { ...deps.policies, ...policy('invitation') } }
  await assert.rejects(registerUser(invited, 'ada', password), { code: 'invitation_missing' })
  const wrong = { invitation: new Secret('csin_wrong') }
  await assert.rejects(registerUser(invited, 'ada', password, wrong), {
    code: 'invitation_unusable',
  })
  const { secret: invitation } = await inviteUser(deps, 60, ['editor'], commandLine)
  const user = await registerUser(invited, 'ada', password, { invitation })
  assert.deepEqual(user.roles, ['editor'])
})

test('while registration is open a user registers without roles', async (t) => {
  const { deps } = await openDomain(t)
  assert.deepEqual((await registerUser(deps, 'ada', password)).roles, [])
  await assert.rejects(registerUser(deps, 'Ada', password), { code: 'username_taken' })
})
