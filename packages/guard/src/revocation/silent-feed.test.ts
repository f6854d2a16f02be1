import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGuard } from '../index.ts'
import { startRemoteIssuer } from '../testing/remote-issuer.fixture.ts'

test('a server that accepts connections and is silent, as without its database, is connected nearly all the time, however long that takes', async () => {
  await using far = await startRemoteIssuer()
  const { url, audience, clock, revocation, token } = far.issuer
  using guard = createGuard({
    issuer: url,
    audience,
    clock,
    timer: clock,
    revocation: 'feed',
  })
  assert.ok((await guard.checkToken(token())).allowed)
  revocation.feed = 'silent'
  const before = revocation.feedRequests
  await far.pass(600)
  const connections = revocation.feedRequests - before
  assert.ok(connections > 40, `${connections} in 600 s: each waits 10 s for its first event`)
})
