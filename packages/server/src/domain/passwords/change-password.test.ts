import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDomain, password } from '../domain.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { signOut } from '../sessions/sign-out.ts'
import { changePassword } from './change-password.ts'

const next = new Secret('another long password')

test('a password is changed with the current one, from a live session of the user', async (t) => {
  const { deps, owner } = await openDomain(t)
  const ada = await owner('ada')
  const wrong = { ...ada, password: new Secret('a wrong password') }
  await assert.rejects(changePassword(deps, wrong, next), { code: 'current_password_wrong' })
  await assert.rejects(changePassword(deps, ada, new Secret('short')), {
    code: 'password_too_short',
  })
  const eve = await owner('eve')
  await assert.rejects(changePassword(deps, { ...ada, sessionId: eve.sessionId }, next), {
    code: 'session_ended',
  })
  await changePassword(deps, ada, next)
  await changePassword(deps, { ...ada, password: next }, password)
})

test('a session that ends while the new password is hashed changes nothing', async (t) => {
  const { deps, owner } = await openDomain(t)
  const ada = await owner('ada')
  const before = (await deps.store.users.findByName('ada'))?.hash
  const hasher = {
    ...deps.hasher,
    async hash(secret: Secret) {
      await signOut(deps, ada)
      return deps.hasher.hash(secret)
    },
  }
  await assert.rejects(changePassword({ ...deps, hasher }, ada, next), { code: 'session_ended' })
  assert.equal((await deps.store.users.findByName('ada'))?.hash, before)
})
