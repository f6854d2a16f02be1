import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isCountersignError } from './failures.ts'
import { memoryStorage } from './storage.ts'
import { admin, guarded, openTab, openWorld, settled, until, type Road } from './tabs.fixture.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

/** Answers refreshes itself, and lets the rest through. */
const answering =
  (answer: () => Response | Promise<Response>): Road =>
  async (request, onward) =>
    request.url.endsWith('/refresh') ? answer() : onward()

const problem =
  (status: number, body: object, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    })

/** What an answer to a refresh does to a session whose token has expired. */
async function afterRefresh(road: Road) {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900)
  world.road = road
  let failure: unknown
  const asking = tab.fetch(guarded).catch((error: unknown) => (failure = error))
  const over = new AbortController()
  void asking.finally(() => over.abort())
  while (!over.signal.aborted) {
    world.clock.advance(0.5) // what is lost is asked for again in a second or three
    await settled()
  }
  return {
    state: tab.state,
    code: isCountersignError(failure) ? failure.code : failure,
    facts: isCountersignError(failure) ? failure.facts : {},
    asked: world.count('POST /refresh'),
  }
}

test('only a server that says that the session is over signs anybody out', async () => {
  const verdicts = [
    ['refresh_token_expired', 'expired'],
    ['session_ended', 'ended'],
    ['refresh_token_reused', 'reused'],
    ['refresh_token_unknown', 'unknown'],
    ['refresh_token_missing', 'unknown'],
  ] as const
  for (const [said, why] of verdicts) {
    const {
      state,
      code: failed,
      asked,
    } = await afterRefresh(answering(problem(401, { code: said })))
    assert.deepEqual(state, { status: 'signed_out', why })
    assert.deepEqual([failed, asked], ['signed_out', 1])
  }
})

test('a limit, a fault, a proxy, a foreign network and a lost answer sign noSession out, and say what they are', async () => {
  const html = (status: number) => () =>
    new Response('<h1>Hello</h1>', { status, headers: { 'content-type': 'text/html' } })
  const limit = problem(429, { code: 'refresh_too_often', message: 'Wait' }, { 'retry-after': '7' })
  const cases: readonly (readonly [string, Road, string, number])[] = [
    ['a limit', answering(limit), 'refresh_too_often', 1],
    [
      'a busy database',
      answering(problem(503, { code: 'database_unreachable' })),
      'database_unreachable',
      1,
    ],
    ['a fault', answering(problem(500, { code: 'internal' })), 'internal', 1],
    ['a proxy whose server is away', answering(html(502)), 'server_unreachable', 3],
    ['a portal that wants a room number', answering(html(200)), 'answer_unusable', 1],
    ['a portal that refuses', answering(html(401)), 'answer_unusable', 1],
    ['a redirect that was not followed', answering(html(302)), 'answer_unusable', 1],
    ['JSON of somebody else', answering(() => Response.json({ ok: true })), 'answer_unusable', 1],
    [
      'no network',
      answering(() => Promise.reject(new TypeError('failed'))),
      'server_unreachable',
      3,
    ],
    ['no answer', answering(() => new Promise(() => {})), 'server_unreachable', 3],
  ]
  for (const [what, road, failed, asked] of cases) {
    const result = await afterRefresh(road)
    assert.equal(result.state.status, 'signed_in', what)
    assert.deepEqual([result.code, result.asked], [failed, asked], what)
  }
  const { facts } = await afterRefresh(answering(limit))
  assert.deepEqual(facts, { status: 429, retryAfter: 7 })
})

test('whatever comes in place of an answer, noSession is signed out by it', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900)
  const verdict = /^(refresh_token_(expired|reused|unknown|missing)|session_ended)$/
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
    body: json.filter((body) => !verdict.test(String((body as { code?: unknown } | null)?.code))),
    type: fc.constantFrom('application/json', 'application/problem+json', 'text/html', ''),
  })
  const usable = (body: unknown) => {
    const { token, refresh_token, expires_in } = (body ?? {}) as Record<string, unknown>
    return typeof token === 'string' && typeof refresh_token === 'string' && Number(expires_in) > 0
  }
  await fc.assert(
    fc.asyncProperty(answer, async ({ status, body, type }) => {
      fc.pre(!usable(body))
      world.road = answering(
        () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }),
      )
      await assert.rejects(tab.fetch(guarded))
      assert.equal(tab.state.status, 'signed_in')
    }),
    { numRuns: 300 },
  )
  world.road = undefined
  assert.equal((await tab.fetch(guarded)).status, 200, 'and all goes on')
})

test('an answer that is lost is asked for again in time, and is the same', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  for (const [lost, after] of [
    [1, 0],
    [2, 0],
    [2, 8],
  ] as const) {
    world.clock.advance(900)
    let left = lost
    world.road = async (request, onward) => {
      const answer = await onward() // the server has done it
      if (!request.url.endsWith('/refresh') || left-- <= 0) return answer
      await answer.body?.cancel()
      if (after === 0) throw new TypeError('connection lost')
      return new Promise(() => {}) // and nothing ever comes
    }
    const answers: Response[] = []
    void tab.fetch(guarded).then((response) => answers.push(response))
    for (let second = 0; second < 9 && answers.length === 0; second++) {
      await settled()
      world.clock.advance(1)
    }
    await until(() => answers.length === 1)
    assert.equal(answers[0]?.status, 200)
  }
  world.road = undefined
  world.clock.advance(900)
  assert.equal((await tab.fetch(guarded)).status, 200, 'the session lives on')
})

test('a computer that sleeps while it refreshes goes on when it wakes: what was under way fails noSession', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900)
  world.road = answering(() => new Promise(() => {})) // the network went first
  const answers: unknown[] = []
  void tab.fetch(guarded).then(
    ({ status }) => answers.push(status),
    (error) => answers.push(error),
  )
  await until(() => world.count('POST /refresh') === 1)
  tab.platform.skew = 3600 // it slept for an hour, and its timers with it
  world.clock.advance(3)
  await settled()
  assert.equal(world.count('POST /refresh'), 1, 'what is too late to be a retry is not sent as one')
  world.road = undefined
  for (let second = 0; second < 35; second++) {
    world.clock.advance(1)
    await settled()
  }
  assert.deepEqual(answers, [200])
  assert.equal(world.count('POST /refresh'), 2)
})

test('who asks again while the server has asked to be left alone is told so, and the server is not asked', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900)
  world.road = answering(problem(429, { code: 'refresh_too_often' }, { 'retry-after': '7' }))
  await assert.rejects(tab.fetch(guarded), code('refresh_too_often'))
  world.clock.advance(6)
  await assert.rejects(tab.fetch(guarded), code('refresh_too_often'))
  assert.equal(world.count('POST /refresh'), 1)
  world.road = undefined
  world.clock.advance(1)
  assert.equal((await tab.fetch(guarded)).status, 200)
})

test('somebody who signs out while a refresh is under way stays signed out', async () => {
  await using world = await openWorld()
  const storage = memoryStorage()
  using tab = openTab(world, { storage })
  await tab.signIn(admin)
  world.clock.advance(900)
  let release = () => {}
  world.road = async (request, onward) => {
    const answer = await onward()
    if (request.url.endsWith('/refresh')) await new Promise<void>((resolve) => (release = resolve))
    return answer
  }
  const asking = tab.fetch(guarded).catch((error: unknown) => error)
  await until(() => world.count('POST /refresh') === 1)
  await settled()
  await tab.signOut()
  release()
  assert.ok(code('signed_out')(await asking))
  assert.deepEqual(tab.state, { status: 'signed_out', why: 'signed_out' })
  assert.deepEqual(await storage.load(), { status: 'signed_out', why: 'signed_out' })
})
