import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeAt } from '@countersign/testing/authenticator'
import { addAuthenticator } from './factors.fixture.ts'
import { isCountersignError } from './failures.ts'
import { admin, openBackend, openTab } from './tabs.fixture.ts'

const refused = (code: string) => (error: unknown) =>
  isCountersignError(error) && error.code === code

test('a user with an authenticator application signs in in two steps', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  assert.deepEqual(await tab.signIn(admin), { status: 'signed_in' })
  const { code, recoveryCodes } = await addAuthenticator(backend, tab)
  await tab.signOut()

  const first = await tab.signIn(admin)
  assert.ok(first.status === 'factor_required')
  assert.deepEqual(first.factors, ['totp', 'recovery_code'])
  assert.equal(tab.state.status, 'signed_out')
  await assert.rejects(first.finish({ code: '000000' }), refused('factor_wrong'))
  await first.finish({ code: code() })
  assert.equal((await tab.call('GET /me')).username, 'admin')
  await assert.rejects(first.finish({ code: code() }), refused('sign_in_expired'))
  await tab.signOut()

  const second = await tab.signIn(admin)
  assert.ok(second.status === 'factor_required')
  await second.finish({ recoveryCode: recoveryCodes[0] ?? '' })
  assert.equal((await tab.call('GET /me/factors')).recovery_codes_left, 9)
})

test('a user who must have a second factor adds it in the sign-in', async () => {
  await using backend = await openBackend({ COUNTERSIGN_FACTORS_REQUIRED_FOR: 'admin' })
  using tab = openTab(backend)
  const first = await tab.signIn(admin)
  assert.ok(first.status === 'factor_enrolment_required')
  const { secret, uri } = await first.proposeTotp()
  assert.match(uri, /^otpauth:\/\/totp\//)
  await assert.rejects(first.confirmTotp('000000'), refused('factor_wrong'))
  assert.equal(tab.state.status, 'unknown', 'nothing was stored')
  const recoveryCodes = await first.confirmTotp(codeAt(secret, backend.clock.now()))
  assert.equal(recoveryCodes.length, 10)
  assert.equal((await tab.call('GET /me/factors')).required, true)
})

test('a step-up of a user without a second factor takes the password', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(600)
  const wrong = tab.stepUp({ password: 'not the password' })
  await assert.rejects(wrong, refused('current_password_wrong'))
  await tab.stepUp({ password: admin.password })
  assert.equal((await tab.call('GET /me')).username, 'admin')
})

test('where there are no passkeys, the failure says so', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await assert.rejects(tab.signInWithPasskey(), refused('passkeys_unavailable'))
  await assert.rejects(tab.signInWithPasskey({ autofill: true }), refused('passkeys_unavailable'))
})
