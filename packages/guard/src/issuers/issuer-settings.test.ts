import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { requestView } from '../adapters/fetch.ts'
import { createGuard, type GuardOptions } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

suite('[18.17] a configured issuer that names itself otherwise', () => {
  const mismatched = (settings: Pick<GuardOptions, 'onEvent'> = {}) => {
    const issuer = createTestIssuer({ url: 'https://issuer.example/' })
    const { clock, audience, fetch } = issuer
    const options = { issuer: 'https://issuer.example', audience, clock, fetch, ...settings }
    return { token: issuer.token(), guard: createGuard(options) }
  }
  const sentence =
    /expected https:\/\/issuer\.example, found https:\/\/issuer\.example\/: one of the two ends in a slash/

  test('is refused with 500 and a code of its own, and no client is asked to retry', async (t) => {
    t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched()
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await guard.checkToken(token)
      assert.ok(!answer.allowed)
      assert.deepEqual([answer.status, answer.problem.code], [500, 'issuer_mismatch'])
      assert.equal(answer.headers['retry-after'], undefined)
      assert.equal(answer.headers['www-authenticate'], undefined)
      assert.match(String(answer.cause?.message), sentence)
      assert.doesNotMatch(JSON.stringify(answer.problem), /issuer\.example/)
    }
  })

  test('fails ready(), is explained, and is in the health of the guard', async (t) => {
    t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched()
    await assert.rejects(guard.ready(), { code: 'issuer_mismatch', message: sentence })
    const headers = { authorization: `Bearer ${token}` }
    const request = new Request('https://api.example', { headers })
    const explanation = await guard.explain(requestView(request))
    assert.equal(explanation.cause, 'issuer_mismatch')
    assert.match(String(explanation.likelyCause), /ends in a slash/)
    const failed = explanation.checks.find(({ verdict }) => verdict === 'failed')
    assert.match(String(failed?.expected), /https:\/\/issuer\.example$/)
    assert.match(String(failed?.found), /https:\/\/issuer\.example\/$/)
    assert.match(String(guard.health().issuers[0]?.problem), sentence)
  })

  test('is printed once, in production and beside a listener too', async (t) => {
    const { mock } = t.mock.method(console, 'error', () => undefined)
    const { guard, token } = mismatched({ onEvent: () => undefined })
    await guard.checkToken(token)
    await guard.checkToken(token)
    assert.equal(mock.callCount(), 1)
    assert.match(String(mock.calls[0]?.arguments[0]), sentence)
  })
})

test('[18.33] an issuer that speaks plain http needs an exception by its address, which is printed', async (t) => {
  const { mock } = t.mock.method(console, 'warn', () => undefined)
  const issuer = createTestIssuer({ url: 'http://keycloak:8080/realms/one' })
  const { url, audience, clock, fetch } = issuer
  const options = { issuer: url, audience, clock, timer: clock, fetch, revocation: 'feed' } as const
  assert.throws(() => createGuard(options), {
    code: 'policy_invalid',
    message: /allowInsecureHttp/,
  })
  const allowInsecureHttp = 'http://keycloak:8080'
  for (const one of ['http://keycloak', `${allowInsecureHttp}/realms/one`, '*'])
    assert.throws(() => createGuard({ ...options, allowInsecureHttp: one }), {
      code: 'policy_invalid',
    })
  assert.throws(() => createGuard({ ...options, allowInsecureHttp: 'http://keycloak:8081' }), {
    message: /the two differ/, // [18.25]
  })
  assert.equal(mock.callCount(), 0, '[18.25] a refused option is not warned of')
  mock.resetCalls()
  using guard = createGuard({ ...options, allowInsecureHttp, onEvent: () => undefined })
  assert.equal(mock.callCount(), 1)
  assert.match(String(mock.calls[0]?.arguments[0]), /http:\/\/keycloak:8080 .*plain http/)
  const token = issuer.token()
  assert.ok((await guard.checkToken(token)).allowed, 'keys and status list were loaded')
  await issuer.revoke(token)
  assert.ok(!(await guard.checkToken(token)).allowed)
})
