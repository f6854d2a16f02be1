import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addAuthenticator } from './factors.fixture.ts'
import { isCountersignError } from './failures.ts'
import { admin, openBackend, openTab, openTabs, settle, waitUntil } from './tabs.fixture.ts'

test('[18.2] a password change leaves this session signed in, with the new tokens', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  const { state } = tab
  const body = { current_password: admin.password, new_password: 'several words of no quotation' }
  await tab.call('POST /password/change', { body })
  assert.deepEqual(tab.state, state)
  assert.equal((await tab.call('GET /me')).username, 'admin')
  assert.equal(backend.count('POST /refresh'), 0, 'the new access token is known')
  backend.clock.advance(900)
  assert.equal((await tab.call('GET /me')).username, 'admin', 'and the new refresh token')
})

test('so do a new authenticator application and step-up, for all tabs', async () => {
  await using backend = await openBackend()
  const { tabs } = await openTabs(backend, 2)
  const [tab, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
  const { code } = await addAuthenticator(backend, tab)
  await waitUntil(() => backend.count('POST /me/factors/totp/confirm') === 1)
  await settle()
  assert.equal((await other.call('GET /me')).username, 'admin')
  await tab.stepUp({ code: code() })
  await settle()
  assert.equal((await other.call('GET /me')).username, 'admin')
  assert.equal(backend.count('POST /refresh'), 0, 'the new access token is known in both tabs')
  backend.clock.advance(900)
  assert.equal((await other.call('GET /me')).username, 'admin', 'and the new refresh token')
  for (const one of tabs) one.close()
})

test('a wrong proof changes nothing: the session keeps its tokens', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  const { code } = await addAuthenticator(backend, tab)
  const token = await tab.accessToken()
  const refused = (expected: string) => (error: unknown) =>
    isCountersignError(error) && error.code === expected
  await assert.rejects(tab.stepUp({ code: '000000' }), refused('factor_wrong'))
  await assert.rejects(tab.stepUp({ password: admin.password }), refused('step_up_required'))
  assert.equal(await tab.accessToken(), token)
  assert.equal(backend.count('POST /refresh'), 0)
  await tab.stepUp({ code: code() })
  assert.notEqual(await tab.accessToken(), token)
})

test('a refresh in another tab waits for a step-up, whose response replaces its refresh token', async () => {
  await using backend = await openBackend()
  const { tabs } = await openTabs(backend, 2)
  const [tab, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
  const { code } = await addAuthenticator(backend, tab)
  await settle()
  const proof = { code: code() }
  let release = () => {}
  backend.intercept = async (request, forward) => {
    const response = await forward()
    if (request.url.endsWith('/me/step-up'))
      await new Promise<void>((resolve) => (release = resolve))
    return response
  }
  const steppedUp = tab.stepUp(proof)
  await waitUntil(() => backend.count('POST /me/step-up') === 1)
  await settle() // the server has replaced the tokens, and no tab knows it
  const read = other.call('GET /me') // its token is revoked: it refreshes
  await settle()
  release()
  await steppedUp
  assert.equal((await read).username, 'admin')
  assert.equal(other.state.status, 'signed_in')
  for (const one of tabs) one.close()
})
