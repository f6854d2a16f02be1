import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from './failures.ts'
import { memoryStorage } from './storage.ts'
import { admin, openBackend, openTab, protectedUrl, type Intercept } from './tabs.fixture.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

/** Carries refreshes out, and answers with an error, as a server does whose database fails while it commits. */
const failAfterRefresh: Intercept = async (request, forward) => {
  const response = await forward()
  return request.url.endsWith('/refresh')
    ? Response.json({ code: 'internal' }, { status: 500 })
    : response
}

test('[18.11] a client whose refresh was carried out and never answered stays signed in, a day later too', async () => {
  await using backend = await openBackend()
  const storage = memoryStorage()
  using tab = openTab(backend, { storage })
  await tab.signIn(admin)
  for (const seconds of [900, 60, 86_400]) {
    backend.clock.advance(seconds)
    backend.intercept = failAfterRefresh
    await assert.rejects(tab.fetch(protectedUrl), code('internal'))
    backend.clock.advance(11)
  }
  backend.intercept = undefined
  using later = openTab(backend, { storage })
  await later.restore()
  assert.equal((await later.fetch(protectedUrl)).status, 200)
  assert.equal(later.state.status, 'signed_in')
  backend.clock.advance(900)
  assert.equal((await later.fetch(protectedUrl)).status, 200, 'and goes on')
})

test('[18.11] such a client signs out everywhere, also if its refresh token is used up', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  using other = openTab(backend)
  await tab.signIn(admin)
  await other.signIn(admin)
  backend.clock.advance(900)
  backend.intercept = failAfterRefresh
  await assert.rejects(tab.fetch(protectedUrl))
  backend.intercept = undefined
  backend.clock.advance(11)
  await tab.signOut('everywhere')
  await assert.rejects(other.fetch(protectedUrl), code('signed_out'))
})
