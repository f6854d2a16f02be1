import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isCountersignError } from './failures.ts'
import { memoryStorage } from './storage.ts'
import {
  admin,
  protectedUrl,
  openTab,
  openBackend,
  settle,
  waitUntil,
  type Intercept,
} from './tabs.fixture.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

/** Responds to refreshes, and forwards all other requests. */
const onRefresh =
  (respond: () => Response | Promise<Response>): Intercept =>
  async (request, forward) =>
    request.url.endsWith('/refresh') ? respond() : forward()

const problem =
  (status: number, body: object, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    })

/** Returns the effect of a response to a refresh on a session whose access token has expired. */
async function afterRefresh(intercept: Intercept) {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900)
  backend.intercept = intercept
  let failure: unknown
  const fetching = tab.fetch(protectedUrl).catch((error: unknown) => (failure = error))
  const done = new AbortController()
  void fetching.finally(() => done.abort())
  while (!done.signal.aborted) {
    backend.clock.advance(0.5) // a lost response is retried after one to three seconds
    await settle()
  }
  return {
    state: tab.state,
    code: isCountersignError(failure) ? failure.code : failure,
    facts: isCountersignError(failure) ? failure.facts : {},
    refreshes: backend.count('POST /refresh'),
  }
}

test('only an explicit refusal by the server signs the user out', async () => {
  const refusals = [
    ['refresh_token_expired', 'expired'],
    ['session_ended', 'ended'],
    ['refresh_token_reused', 'reused'],
    ['refresh_token_unknown', 'unknown'],
    ['refresh_token_missing', 'unknown'],
  ] as const
  for (const [refusal, reason] of refusals) {
    const result = await afterRefresh(onRefresh(problem(401, { code: refusal })))
    assert.deepEqual(result.state, { status: 'signed_out', reason })
    assert.deepEqual([result.code, result.refreshes], ['signed_out', 1])
  }
})

test('a rate limit, a server error, a proxy, a captive portal and a lost response sign no user out, and fail with their own code', async () => {
  const html = (status: number) => () =>
    new Response('<h1>Hello</h1>', { status, headers: { 'content-type': 'text/html' } })
  const limit = problem(429, { code: 'refresh_too_often', message: 'Wait' }, { 'retry-after': '7' })
  const cases: readonly (readonly [string, Intercept, string, number])[] = [
    ['a rate limit', onRefresh(limit), 'refresh_too_often', 1],
    [
      'a busy database',
      onRefresh(problem(503, { code: 'database_unreachable' })),
      'database_unreachable',
      1,
    ],
    ['a server error', onRefresh(problem(500, { code: 'internal' })), 'internal', 1],
    ['a proxy whose server is down', onRefresh(html(502)), 'server_unreachable', 3],
    ['a captive portal with a sign-in page', onRefresh(html(200)), 'answer_unusable', 1],
    ['a captive portal that refuses', onRefresh(html(401)), 'answer_unusable', 1],
    ['a redirect, which is not followed', onRefresh(html(302)), 'answer_unusable', 1],
    [
      'JSON from another server',
      onRefresh(() => Response.json({ ok: true })),
      'answer_unusable',
      1,
    ],
    [
      'no network',
      onRefresh(() => Promise.reject(new TypeError('failed'))),
      'server_unreachable',
      3,
    ],
    ['no response', onRefresh(() => new Promise(() => {})), 'server_unreachable', 3],
  ]
  for (const [what, intercept, failed, refreshes] of cases) {
    const result = await afterRefresh(intercept)
    assert.equal(result.state.status, 'signed_in', what)
    assert.deepEqual([result.code, result.refreshes], [failed, refreshes], what)
  }
  const { facts } = await afterRefresh(onRefresh(limit))
  assert.deepEqual(facts, { status: 429, retryAfter: 7 })
})

test('no unexpected response, whatever its status and body, signs the user out', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900)
  const endsSession = /^(refresh_token_(expired|reused|unknown|missing)|session_ended)$/
  const codes = fc.oneof(
    fc.string(),
    fc.constantFrom('token_invalid', 'limit_exceeded', '__proto__', 'toString'),
  )
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record({ code: codes, message: fc.string() }),
    fc.record({ token: fc.jsonValue(), refresh_token: fc.jsonValue(), expires_in: fc.jsonValue() }),
  )
  const answer = fc.record({
    status: fc.oneof(
      fc.constantFrom(200, 400, 401, 403, 429),
      fc.integer({ min: 200, max: 499 }).filter((status) => ![204, 205, 304].includes(status)),
    ),
    body: json.filter(
      (body) => !endsSession.test(String((body as { code?: unknown } | null)?.code)),
    ),
    type: fc.constantFrom('application/json', 'application/problem+json', 'text/html', ''),
  })
  const usable = (body: unknown) => {
    const { token, refresh_token, expires_in } = (body ?? {}) as Record<string, unknown>
    return typeof token === 'string' && typeof refresh_token === 'string' && Number(expires_in) > 0
  }
  await fc.assert(
    fc.asyncProperty(answer, async ({ status, body, type }) => {
      fc.pre(!usable(body))
      backend.intercept = onRefresh(
        () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }),
      )
      await assert.rejects(tab.fetch(protectedUrl))
      assert.equal(tab.state.status, 'signed_in')
    }),
    { numRuns: 300 },
  )
  backend.intercept = undefined
  assert.equal((await tab.fetch(protectedUrl)).status, 200, 'and the session still works')
})

test('a refresh whose response is lost is retried in time and returns the same tokens', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  for (const [lost, after] of [
    [1, 0],
    [2, 0],
    [2, 8],
  ] as const) {
    backend.clock.advance(900)
    let left = lost
    backend.intercept = async (request, forward) => {
      const answer = await forward() // the server has rotated the token
      if (!request.url.endsWith('/refresh') || left-- <= 0) return answer
      await answer.body?.cancel()
      if (after === 0) throw new TypeError('connection lost')
      return new Promise(() => {}) // no response ever arrives
    }
    const answers: Response[] = []
    void tab.fetch(protectedUrl).then((response) => answers.push(response))
    for (let second = 0; second < 9 && answers.length === 0; second++) {
      await settle()
      backend.clock.advance(1)
    }
    await waitUntil(() => answers.length === 1)
    assert.equal(answers[0]?.status, 200)
  }
  backend.intercept = undefined
  backend.clock.advance(900)
  assert.equal((await tab.fetch(protectedUrl)).status, 200, 'the session still works')
})

test('a computer that sleeps during a refresh repeats it when it wakes, and no request fails', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900)
  backend.intercept = onRefresh(() => new Promise(() => {})) // the network is already down
  const answers: unknown[] = []
  void tab.fetch(protectedUrl).then(
    ({ status }) => answers.push(status),
    (error) => answers.push(error),
  )
  await waitUntil(() => backend.count('POST /refresh') === 1)
  tab.platform.skew = 3600 // it slept for an hour, and its timers did not run
  backend.clock.advance(3)
  await settle()
  assert.equal(backend.count('POST /refresh'), 1, 'no retry is sent after the grace period')
  backend.intercept = undefined
  for (let second = 0; second < 35; second++) {
    backend.clock.advance(1)
    await settle()
  }
  assert.deepEqual(answers, [200])
  assert.equal(backend.count('POST /refresh'), 2)
})

test('a refresh before the time of Retry-After fails with the earlier failure and sends no request', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900)
  backend.intercept = onRefresh(problem(429, { code: 'refresh_too_often' }, { 'retry-after': '7' }))
  await assert.rejects(tab.fetch(protectedUrl), code('refresh_too_often'))
  backend.clock.advance(6)
  await assert.rejects(tab.fetch(protectedUrl), code('refresh_too_often'))
  assert.equal(backend.count('POST /refresh'), 1)
  backend.intercept = undefined
  backend.clock.advance(1)
  assert.equal((await tab.fetch(protectedUrl)).status, 200)
})

test('a user who signs out during a refresh stays signed out', async () => {
  await using backend = await openBackend()
  const storage = memoryStorage()
  using tab = openTab(backend, { storage })
  await tab.signIn(admin)
  backend.clock.advance(900)
  let release = () => {}
  backend.intercept = async (request, forward) => {
    const answer = await forward()
    if (request.url.endsWith('/refresh')) await new Promise<void>((resolve) => (release = resolve))
    return answer
  }
  const fetching = tab.fetch(protectedUrl).catch((error: unknown) => error)
  await waitUntil(() => backend.count('POST /refresh') === 1)
  await settle()
  await tab.signOut()
  release()
  assert.ok(code('signed_out')(await fetching))
  assert.deepEqual(tab.state, { status: 'signed_out', reason: 'signed_out' })
  assert.deepEqual(await storage.load(), { status: 'signed_out', reason: 'signed_out' })
})
