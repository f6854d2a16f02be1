import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard, type Guard } from '../index.ts'
import { createTestIssuer } from '../testing/test-issuer.ts'

const codeOf = async (guard: Pick<Guard, 'checkToken'>, token: string) => {
  const answer = await guard.checkToken(token)
  return answer.allowed ? 'allowed' : (answer.cause?.code ?? answer.problem.code)
}

suite('which lists are synchronized', () => {
  const guarded = (calls: string[] = []) => {
    const issuer = createTestIssuer()
    const fetch: typeof globalThis.fetch = async (input, init) => {
      calls.push(String(input))
      return issuer.fetch(input, init)
    }
    return { issuer, guard: issuer.guard({ revocation: 'feed', fetch }) }
  }

  test('[B13] a list elsewhere, in a token that is good otherwise, is refused and never requested', async () => {
    const calls: string[] = []
    const { issuer, guard } = guarded(calls)
    for (const uri of [
      'https://evil.example/1',
      `${issuer.url}.evil.example/1`,
      'http://127.0.0.1/1',
    ]) {
      const token = issuer.token({ status: { status_list: { idx: 0, uri } } })
      assert.equal(await codeOf(guard, token), 'status_unusable')
      const answer = await guard.checkToken(token)
      assert.equal(answer.allowed ? '' : answer.problem.code, 'token_invalid')
    }
    assert.ok(calls.every((url) => url.startsWith(`${issuer.url}/`)))
    assert.ok(calls.every((url) => !url.includes('status-list')))
  })

  test('a token that fails verification causes no request for a list', async () => {
    const calls: string[] = []
    const { issuer, guard } = guarded(calls)
    for (const fault of ['expired', 'of an unknown key', 'tampered with'] as const)
      assert.equal((await guard.checkToken(issuer.badToken(fault))).allowed, false)
    assert.deepEqual(guard.health().lists, [])
    assert.ok(calls.every((url) => !url.includes('status-list')))
  })

  test('an index beyond its list is invalid, never good', async () => {
    const { issuer, guard } = guarded()
    const status = { status_list: { idx: 2 ** 30, uri: `${issuer.url}/status-lists/1` } }
    assert.equal(await codeOf(guard, issuer.token({ status })), 'status_index_unknown')
  })

  test('no more than 64 at once; one that no unexpired token can name is dropped', async () => {
    const { issuer, guard } = guarded()
    const named = (at: number) =>
      issuer.token({
        status: { status_list: { idx: 0, uri: `${issuer.url}/status-lists/x${at}` } },
      })
    for (let at = 0; at < 70; at++)
      assert.equal(await codeOf(guard, named(at)), 'revocation_unknown')
    assert.equal(guard.health().lists.length, 64)
    for (let hour = 0; hour < 25; hour++) {
      issuer.clock.advance(3600)
      await issuer.settle()
    }
    assert.equal(guard.health().lists.length, 0)
    assert.equal(await codeOf(guard, issuer.token()), 'allowed')
  })

  test('each of several issuers by its own options, and none revokes for another', async () => {
    const [ours, other] = [createTestIssuer(), createTestIssuer({ url: 'https://other.example' })]
    const guard = createGuard({
      issuers: [
        { issuer: ours.url, audience: ours.audience },
        { issuer: other.url, audience: other.audience, revocation: 'none' },
      ],
      revocation: 'feed',
      clock: ours.clock,
      timer: ours.clock,
      fetch: (input, init) => (String(input).includes('other') ? other : ours).fetch(input, init),
    })
    const [one, two] = [ours.token(), other.token()]
    assert.deepEqual([await codeOf(guard, one), await codeOf(guard, two)], ['allowed', 'allowed'])
    await ours.revoke(one)
    await other.revoke(two)
    assert.deepEqual(
      [await codeOf(guard, one), await codeOf(guard, two)],
      ['token_revoked', 'allowed'],
    )
    assert.equal(await codeOf(guard, ours.token({ status: undefined })), 'status_missing')
    assert.deepEqual(
      guard.health().lists.map(({ uri }) => uri),
      [`${ours.url}/status-lists/1`],
    )
    guard.close()
    assert.equal(
      await codeOf(guard, ours.token()),
      'revocation_unknown',
      'a closed guard knows nothing',
    )
  })
})

test('an explanation shows the status, check by check', async () => {
  const issuer = createTestIssuer()
  const guard = issuer.guard({ revocation: 'feed' })
  const token = issuer.token()
  const explain = async (text = token) => {
    const header = (name: string) => (name === 'authorization' ? `Bearer ${text}` : undefined)
    const explanation = await guard.explain({ method: 'GET', url: '/', header })
    const { found, verdict } = explanation.checks.find(({ name }) => name === 'status') ?? {}
    return { ...explanation, found, verdict }
  }
  const good = await explain()
  assert.deepEqual([good.allowed, good.verdict, good.found], [true, 'passed', 'good'])
  await issuer.revoke(token)
  const bad = await explain()
  assert.deepEqual([bad.code, bad.verdict, bad.found], ['token_revoked', 'failed', 'revoked'])
  assert.match(String(bad.likelyCause), /the session, API token or service account ended/)
  const bare = await explain(issuer.token({ status: undefined }))
  assert.deepEqual(
    [bare.code, bare.cause, bare.verdict],
    ['token_invalid', 'status_missing', 'failed'],
  )
  issuer.network = 'down'
  issuer.clock.advance(301)
  await issuer.settle()
  const unknown = await explain(issuer.token())
  assert.deepEqual([unknown.code, unknown.verdict], ['revocation_unknown', 'failed'])
  assert.match(String(unknown.likelyCause), /fetch failed/)
  const expired = await explain(issuer.badToken('expired'))
  assert.equal(expired.verdict, undefined, 'not reached')
})
