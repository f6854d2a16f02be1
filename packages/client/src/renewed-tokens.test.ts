import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, openBackend, openTab } from './tabs.fixture.ts'

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
