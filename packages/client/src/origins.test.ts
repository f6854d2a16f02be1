import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSession, memoryStorage } from './index.ts'
import { isCountersignError } from './failures.ts'
import { admin, openBackend, openTab, protectedUrl } from './tabs.fixture.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

test('[18.21] routes of the server itself can be called, although origins does not list them', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend, { origins: ['https://api.example'], storage: memoryStorage() })
  await tab.signIn(admin)
  assert.equal((await tab.call('GET /me')).username, 'admin')
  await assert.rejects(tab.fetch(protectedUrl), code('origin_not_allowed'))
})

test('[18.21] the refusal of an origin names it, and the option that allows it', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  await assert.rejects(
    tab.fetch('https://api.example/x?secret=1'),
    (error: Error) =>
      error.message.includes("add 'https://api.example' to the option origins of createSession") &&
      !error.message.includes('secret'),
  )
})

test('[18.21] a server that cannot be reached may be one whose CORS setting lacks this page', async () => {
  const fetch = async () => {
    throw new TypeError('Failed to fetch')
  }
  using session = createSession({ url: 'http://localhost:5000', mode: 'bearer', fetch })
  for (const work of [session.signIn(admin), session.call('GET /.well-known/jwks.json')])
    await assert.rejects(work, /cannot be reached.*cors\.origins/)
})
