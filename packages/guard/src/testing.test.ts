import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchGuard } from './fetch.ts'
import { createTestIssuer, type BadToken } from './testing.ts'

const causes: Readonly<Record<BadToken, string>> = {
  expired: 'token_expired',
  'from the future': 'token_issued_in_future',
  'of another audience': 'audience_wrong',
  'of another issuer': 'issuer_wrong',
  'of another key': 'signature_wrong',
  'of an unknown key': 'key_unknown',
  'of another type': 'token_type_wrong',
  'bound to a key': 'token_bound',
  'tampered with': 'signature_wrong',
  unsigned: 'algorithm_not_allowed',
  'cut off': 'token_malformed',
  opaque: 'token_malformed',
}

test('a route is tested with tokens for any case, by name, without a server', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard()
  const route = fetchGuard(guard, undefined, (_, { subject }) => new Response(subject))
  const ask = (token: string) =>
    route(new Request('http://test', { headers: { authorization: `Bearer ${token}` } }))
  assert.equal(await (await ask(issuer.token({ sub: 'bob' }))).text(), 'bob')
  for (const [fault, cause] of Object.entries(causes)) {
    const token = issuer.badToken(fault as BadToken)
    const answer = await guard.checkToken(token)
    assert.equal(answer.allowed ? 'allowed' : answer.cause?.code, cause, fault)
    assert.equal((await ask(token)).status, 401, fault)
  }
})

test('time goes when the test says so', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard()
  const token = issuer.token()
  assert.ok((await guard.checkToken(token)).allowed)
  issuer.clock.advance(899)
  assert.ok((await guard.checkToken(token)).allowed)
  issuer.clock.advance(10)
  assert.equal((await guard.checkToken(token)).allowed, false)
})

test('keys rotate, and the issuer goes down, slow and up again, when the test says so', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard()
  issuer.network = 'down'
  const refused = await guard.checkToken(issuer.token())
  assert.equal(refused.allowed ? 'allowed' : refused.problem.code, 'issuer_unreachable')
  issuer.clock.advance(5)
  issuer.network = 'slow'
  const waiting = guard.checkToken(issuer.token())
  issuer.network = 'up'
  assert.ok((await waiting).allowed)
  issuer.clock.advance(30)
  issuer.rotate({ keepOld: true })
  assert.ok((await guard.checkToken(issuer.token())).allowed)
  assert.equal(issuer.keyRequests, 2)
})
