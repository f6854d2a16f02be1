import { ringOf } from '../../store/contracts/keys.fixture.ts'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openDomain, password } from '../domain.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { rotateByHand } from '../keys/rotate-signing-keys.ts'
import { ensureSigningKeys } from '../keys/ensure-signing-keys.ts'
import { revokeSigningKey } from '../keys/revoke-signing-key.ts'
import { activeOf } from '../keys/signing-key.ts'
import { inviteUser, revokeInvitation } from '../registration/invite-user.ts'
import { addUser } from '../registration/register-user.ts'
import { signOut } from '../sessions/sign-out.ts'
import { newUser } from '../users/user.ts'
import { assertAdmitted } from './actor.ts'
import { deleteOwnUser, deleteUser } from './delete-user.ts'
import { disableUser, enableUser } from './disable-user.ts'
import { setEmail, setOwnEmail } from './set-email.ts'
import { setPassword } from './set-password.ts'
import { setRoles } from './set-roles.ts'
import { endSessionOf, signOutUser } from './sign-out-user.ts'

// Each operation is called alone, with no route or form before it: it must refuse on its own.

suite('an administrator does not lock themselves out', () => {
  const refused = { code: 'not_oneself' }

  test('deleteUser, disableUser, setPassword and setEmail refuse the own account', async (t) => {
    const { deps, administrator } = await openDomain(t)
    await administrator('another')
    const by = await administrator('boss')
    await assert.rejects(deleteUser(deps, by.user, by), refused)
    await assert.rejects(disableUser(deps, by.user, by), refused)
    await assert.rejects(setPassword(deps, by.user, new Secret('a long new password'), by), refused)
    await assert.rejects(setEmail(deps, by.user, 'boss@example.com', by), refused)
    assert.equal((await deps.store.users.find(by.user))?.disabledAt, null)
  })

  test('setRoles lets them change their roles, but not remove the role admin', async (t) => {
    const { deps, administrator } = await openDomain(t)
    const by = await administrator('boss')
    await assert.rejects(setRoles(deps, by.user, ['editor'], by), refused)
    await setRoles(deps, by.user, ['admin', 'editor'], by)
    assert.deepEqual((await deps.store.users.find(by.user))?.roles, ['admin', 'editor'])
  })

  test('deleteOwnUser refuses the last administrator', async (t) => {
    const { deps, administrator } = await openDomain(t)
    const { user: userId, session: sessionId } = await administrator('boss')
    const owner = { userId, sessionId, password, client: {} }
    await assert.rejects(deleteOwnUser(deps, owner), { code: 'last_administrator' })
  })
})

test('roles and an e-mail address that a user has already are not written again', async (t) => {
  const { deps, administrator, owner } = await openDomain(t)
  const by = await administrator('boss')
  const { userId } = await owner('target')
  const seen = async () => (await deps.store.auditLog.newest(1))[0]?.seq
  const changes = {
    'no e-mail address': () => setEmail(deps, userId, null, by),
    'no roles': () => setRoles(deps, userId, [], by),
  }
  const set = {
    'an e-mail address': () => setEmail(deps, userId, 'target@example.com', by),
    roles: () => setRoles(deps, userId, ['editor', 'billing'], by),
    'roles in another order': () => setRoles(deps, userId, ['billing', 'editor'], by),
  }
  for (const [what, change] of Object.entries(changes)) {
    const before = await seen()
    await change()
    assert.equal(await seen(), before, what)
  }
  for (const change of Object.values(set)) await change()
  for (const [what, change] of Object.entries(set)) {
    const before = await seen()
    await change()
    assert.equal(await seen(), before, what)
  }
  const before = await seen()
  await setEmail(deps, userId, 'Target@example.com', by)
  assert.notEqual(await seen(), before, 'another spelling is another address')
})

test('every operation on others refuses a user without the role, and an administrator whose session has ended', async (t) => {
  const { deps, administrator, owner } = await openDomain(t)
  const target = await owner('target')
  await ensureSigningKeys(deps)
  const { invitation } = await inviteUser(deps, 60, [], await administrator('inviter'))
  const active = activeOf(await ringOf(deps.store), 1, 'ES256')?.id ?? ''
  await rotateByHand(deps, active, 'published')
  const standby = (await ringOf(deps.store)).find(({ id }) => id !== active)?.id ?? ''
  const member = await owner('member')
  const signedOut = await administrator('signed out')
  await signOut(deps, { userId: signedOut.user, sessionId: signedOut.session })
  for (const [by, code] of [
    [{ user: member.userId, session: member.sessionId }, 'administrators_only'],
    [signedOut, 'session_ended'],
  ] as const)
    for (const operation of [
      () => deleteUser(deps, target.userId, by),
      () => disableUser(deps, target.userId, by),
      () => enableUser(deps, target.userId, by),
      () => setEmail(deps, target.userId, null, by),
      () => setPassword(deps, target.userId, new Secret('a long new password'), by),
      () => setRoles(deps, target.userId, ['admin'], by),
      () => endSessionOf(deps, target.userId, target.sessionId, by),
      () => signOutUser(deps, target.userId, by),
      () => addUser(deps, 'new', password, { by }),
      () => inviteUser(deps, 60, ['admin'], by),
      () => revokeInvitation(deps, invitation.id, by),
      () => rotateByHand(deps, active, 'now', by),
      () => revokeSigningKey(deps, standby, by),
    ])
      await assert.rejects(operation(), { code }, String(operation))
  assert.equal((await deps.store.sessions.find(target.sessionId))?.endedAt, null)
})

test('a route or page for administrators admits no other user, and others admit any', () => {
  const user = newUser('u', 'u', 1)
  const boss = { ...user, roles: ['admin'] }
  for (const refused of [undefined, user, { ...boss, disabledAt: 1 }])
    assert.throws(() => assertAdmitted('admin', refused), { code: 'administrators_only' })
  assertAdmitted('admin', boss)
  assertAdmitted('user', user)
})

suite('a change to the own account is judged when it is written', () => {
  /** Runs `between` after the password was found right, and before the change is written. */
  type Between = (t: Awaited<ReturnType<typeof openDomain>>, userId: string) => Promise<unknown>
  const next = new Secret('another long password')
  const events: Readonly<Record<string, readonly [Between, string]>> = {
    'an administrator set another password': [
      async ({ deps, administrator }, id) =>
        setPassword(deps, id, next, await administrator('boss')),
      'current_password_wrong',
    ],
    'the user was disabled': [
      async ({ deps, administrator }, id) => disableUser(deps, id, await administrator('boss')),
      'user_gone',
    ],
    'the user was deleted': [
      async ({ deps, administrator }, id) => deleteUser(deps, id, await administrator('boss')),
      'user_gone',
    ],
    'the user was signed out': [
      async ({ deps, administrator }, id) => signOutUser(deps, id, await administrator('boss')),
      'session_ended',
    ],
  }
  for (const [event, [between, code]] of Object.entries(events))
    test(`refused if ${event} meanwhile: e-mail address and deletion`, async (t) => {
      for (const change of [setOwnEmail, deleteOwnUser] as const) {
        const domain = await openDomain(t)
        const { deps } = domain
        const owner = await domain.owner('ada')
        let done = false
        const hasher = {
          ...deps.hasher,
          async verify(hash: string, secret: Secret) {
            const matches = await deps.hasher.verify(hash, secret, [])
            if (!done) await between(domain, owner.userId)
            done = true
            return matches
          },
        }
        const writing =
          change === setOwnEmail
            ? setOwnEmail({ ...deps, hasher }, owner, 'thief@example.com')
            : deleteOwnUser({ ...deps, hasher }, owner)
        await assert.rejects(writing, { code }, change.name)
        assert.ok(done)
        assert.equal(await deps.store.users.findByEmail('thief@example.com'), undefined)
      }
    })

  test("another user's session is not enough", async (t) => {
    const { deps, owner } = await openDomain(t)
    const [ada, eve] = [await owner('ada'), await owner('eve')]
    const mixed = { ...ada, sessionId: eve.sessionId }
    await assert.rejects(setOwnEmail(deps, mixed, null), { code: 'session_ended' })
    await assert.rejects(deleteOwnUser(deps, mixed), { code: 'session_ended' })
    await setOwnEmail(deps, ada, 'ada@example.com')
    assert.equal((await deps.store.users.findByEmail('ada@example.com'))?.id, ada.userId)
  })
})
