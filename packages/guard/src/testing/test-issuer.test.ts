import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchGuard } from '../adapters/fetch.ts'
import { createTestIssuer, type BadToken } from './test-issuer.ts'

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

test('a bound client sends its token with a proof, and a copy of the token is refused', async () => {
  const issuer = createTestIssuer()
  const route = fetchGuard(issuer.guard(), undefined, (_, { subject }) => new Response(subject))
  const client = issuer.boundClient()
  const url = `${issuer.audience}/notes`
  const statusOf = async (headers: Readonly<Record<string, string>>) =>
    (await route(new Request(url, { headers }))).status
  const request = { method: 'GET', url }
  const good = client.headers(request, client.token({ sub: 'bob' }))
  assert.equal(await statusOf(good), 200)
  assert.equal(await statusOf(good), 401, 'a proof is used once')
  const token = client.token()
  assert.equal(await statusOf({ authorization: `Bearer ${token}` }), 401)
  assert.equal(await statusOf(issuer.boundClient().headers(request, token)), 401)
  assert.equal(await statusOf(client.headers({ ...request, method: 'POST' }, token)), 401)
  assert.equal(await statusOf(client.headers(request, token)), 200)
})

test('time passes when the test says so', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard()
  const token = issuer.token()
  assert.ok((await guard.checkToken(token)).allowed)
  issuer.clock.advance(899)
  assert.ok((await guard.checkToken(token)).allowed)
  issuer.clock.advance(10)
  assert.equal((await guard.checkToken(token)).allowed, false)
})

test('keys rotate, and the issuer goes down, becomes slow and comes up again, when the test says so', async () => {
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

test('a logout can be tested: the token that was good is refused, with the message that its caller sees', async () => {
  const issuer = createTestIssuer()
  using guard = issuer.guard({ revocation: 'feed' })
  const route = fetchGuard(guard, undefined, (_, { subject }) => new Response(subject))
  const ask = (token: string) =>
    route(new Request('http://test', { headers: { authorization: `Bearer ${token}` } }))
  const [phone, laptop] = [issuer.token(), issuer.token()]
  assert.equal((await ask(phone)).status, 200)
  await issuer.revoke(phone)
  const refused = await ask(phone)
  assert.equal(refused.status, 401)
  assert.match(String(refused.headers.get('www-authenticate')), /invalid_token.*Invalid token!/)
  assert.equal((await ask(laptop)).status, 200)
  assert.ok(!(guard.checkToken(laptop) instanceof Promise), 'and it needs no wait')
  assert.equal(issuer.revocation.listRequests, 1)
})

test('feed and list fail when the test says so, and the test sees how the route behaves then', async () => {
  const issuer = createTestIssuer()
  using guard = issuer.guard({ revocation: { source: 'feed', maxStale: 60 } })
  const token = issuer.token()
  const code = async () => {
    const answer = await guard.checkToken(token)
    return answer.allowed ? 'allowed' : answer.problem.code
  }
  assert.equal(await code(), 'allowed')
  issuer.revocation.feed = 'cut'
  issuer.revocation.list = 'down'
  issuer.clock.advance(61)
  assert.equal(await code(), 'revocation_unknown')
  issuer.revocation.list = 'up'
  issuer.clock.advance(30)
  await issuer.settle()
  assert.equal(await code(), 'allowed')
  await issuer.revoke(token)
  issuer.revocation.forget()
  issuer.revocation.feed = 'up'
  issuer.clock.advance(30)
  await issuer.settle()
  assert.equal(await code(), 'token_revoked')
})
