import { createGuard, type RouteRequirements } from '@countersign/guard'
import { fetchGuard } from '@countersign/guard/fetch'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addAuthenticator } from './factors.fixture.ts'
import { isCountersignError } from './failures.ts'
import { stepUpRequestOf, type OnStepUp, type StepUpRequest } from './step-up.ts'
import { admin, openBackend, openTab, waitUntil, type Backend } from './tabs.fixture.ts'

const api = 'https://api.example.com'

const refused = (code: string) => (error: unknown) =>
  isCountersignError(error) && error.code === code

/** Adds an API to a backend: each path is a route with its requirements, which returns the body of the request. */
function serveApi(backend: Backend, routes: Readonly<Record<string, RouteRequirements>>) {
  const { server } = backend
  const guard = createGuard({
    issuer: 'http://localhost:5000',
    audience: 'http://localhost:5000',
    clock: server.clock,
    onEvent: () => undefined,
    fetch: async (...request) => server.fetch(new Request(...request)),
  })
  const handlers = Object.entries(routes).map(
    ([path, requirements]) =>
      [
        path,
        fetchGuard(guard, requirements, async (request) => new Response(await request.text())),
      ] as const,
  )
  const found = new Map(handlers)
  backend.intercept = async (request, forward) => {
    const { origin, pathname } = new URL(request.url)
    return origin === api ? found.get(pathname)!(request) : forward()
  }
}

/** Opens a backend with an API, and a tab whose user has an authenticator application and signed in without it ten minutes ago. */
async function open(routes: Readonly<Record<string, RouteRequirements>>, onStepUp?: OnStepUp) {
  const backend = await openBackend()
  const tab = openTab(backend, { origins: [api], ...(onStepUp && { onStepUp }) })
  await tab.signIn(admin)
  const authenticator = await addAuthenticator(backend, tab)
  serveApi(backend, routes)
  backend.clock.advance(600)
  return { backend, tab, ...authenticator }
}

const transfers = { '/transfers': { acr: ['mfa'], maxAge: 300 } }
const transfer = { method: 'POST', body: '100 to bob' }

test('a request that an API challenges is sent again after the user has stepped up', async () => {
  const asked: StepUpRequest[] = []
  const { backend, tab, code } = await open(transfers, async (request) => {
    asked.push(request)
    return { code: code() }
  })
  await using _ = backend
  const response = await tab.fetch(`${api}/transfers`, transfer)
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '100 to bob', 'with its body')
  assert.deepEqual(asked, [{ acrValues: ['mfa'], maxAge: 300 }])
  assert.equal(backend.count('POST /transfers'), 2)
  assert.equal(backend.count('POST /refresh'), 0)
  await tab.fetch(`${api}/transfers`, transfer)
  assert.equal(asked.length, 1, 'the proof counts for later requests')
  backend.clock.advance(301)
  await tab.fetch(`${api}/transfers`, transfer)
  assert.equal(asked.length, 2, 'until it is too old')
  tab.close()
})

test('requests that are challenged at the same time share one question and one proof', async () => {
  let answer = () => {}
  let questions = 0
  const { backend, tab, code } = await open(transfers, async () => {
    questions++
    await new Promise<void>((resolve) => (answer = resolve))
    return { code: code() }
  })
  await using _ = backend
  const requests = Array.from({ length: 10 }, () => tab.fetch(`${api}/transfers`, transfer))
  await waitUntil(() => backend.count('POST /transfers') === 10 && backend.pending === 0)
  answer()
  const statuses = (await Promise.all(requests)).map(({ status }) => status)
  assert.deepEqual(new Set(statuses), new Set([200]))
  assert.equal(questions, 1)
  assert.equal(backend.count('POST /me/step-up'), 1)
  assert.equal(backend.count('POST /transfers'), 20)
  tab.close()
})

test('a user who declines, and an application without onStepUp, get the refusal of the API', async () => {
  let questions = 0
  const decline = async () => {
    questions++
    return undefined
  }
  for (const onStepUp of [decline, undefined]) {
    const { backend, tab } = await open(transfers, onStepUp)
    await using _ = backend
    const response = await tab.fetch(`${api}/transfers`, transfer)
    assert.equal(response.status, 401)
    assert.equal(((await response.json()) as { code: string }).code, 'authentication_too_old')
    assert.equal(backend.count('POST /transfers'), 1)
    assert.equal(backend.count('POST /refresh'), 0, 'new tokens would say the same')
    tab.close()
  }
  assert.equal(questions, 1)
})

test('after a wrong code the user is asked again, at most five times', async () => {
  const failures: (string | undefined)[] = []
  let wrong = 1
  const { backend, tab, code } = await open(transfers, async ({ failure }) => {
    failures.push(failure?.code)
    return { code: wrong-- > 0 ? '000000' : code() }
  })
  await using _ = backend
  assert.equal((await tab.fetch(`${api}/transfers`, transfer)).status, 200)
  assert.deepEqual(failures, [undefined, 'factor_wrong'])
  backend.clock.advance(3600)
  failures.length = 0
  wrong = 100
  await assert.rejects(tab.fetch(`${api}/transfers`, transfer), refused('factor_wrong'))
  assert.equal(failures.length, 5)
  assert.equal(backend.count('POST /transfers'), 3, 'it was sent once')
  tab.close()
})

test('a proof that does not meet the requirement is asked for once, and the refusal is the response', async () => {
  let questions = 0
  const keys = { '/keys': { acr: ['phr'] } }
  const { backend, tab, code } = await open(keys, async () => {
    questions++
    return { code: code() }
  })
  await using _ = backend
  assert.equal((await tab.fetch(`${api}/keys`)).status, 401)
  assert.equal(questions, 1)
  assert.equal(backend.count('GET /keys'), 2)
  tab.close()
})

test('there is one question at a time, and another kind of challenge is tried with the new tokens first', async () => {
  let open_ = 0
  let questions = 0
  const routes = {
    ...transfers,
    '/limits': { acr: ['mfa'], maxAge: 60 },
    '/keys': { acr: ['phr'] },
  }
  const { backend, tab, code } = await open(routes, async () => {
    questions++
    assert.equal(++open_, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open_--
    return { code: code() }
  })
  await using _ = backend
  const paths = ['/transfers', '/limits', '/keys']
  const responses = await Promise.all(paths.map((path) => tab.fetch(api + path)))
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 401],
  )
  assert.equal(questions, 2)
  tab.close()
})

test('a token that was revoked meanwhile is renewed, and then the user steps up', async () => {
  const { backend, tab, code } = await open(
    { '/transfers': { acr: ['mfa'], maxAge: 30 } },
    async () => ({ code: code() }),
  )
  await using _ = backend
  const guarded = backend.intercept
  let rejections = 1
  backend.intercept = async (request, forward) =>
    request.url.startsWith(api) && rejections-- > 0
      ? Response.json(
          {},
          { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } },
        )
      : guarded!(request, forward)
  assert.equal((await tab.fetch(`${api}/transfers`, transfer)).status, 200)
  assert.equal(backend.count('POST /refresh'), 1)
  assert.equal(backend.count('POST /transfers'), 3)
  tab.close()
})

test('a call to the server steps up as well, and a failed callback is the failure of the request', async () => {
  let fails = true
  const { backend, tab, code } = await open({}, async () => {
    if (fails) throw new TypeError('the dialog has a bug')
    return { code: code() }
  })
  await using _ = backend
  const renew = async () =>
    tab.call('POST /me/factors/recovery-codes', { body: { current_password: admin.password } })
  await assert.rejects(renew(), TypeError)
  fails = false
  assert.equal((await renew()).recovery_codes.length, 10)
  tab.close()
})

const headers = {
  'Bearer error="insufficient_user_authentication", acr_values="phr mfa", max_age="300"': {
    acrValues: ['phr', 'mfa'],
    maxAge: 300,
  },
  'Bearer realm="a \\"b\\", c", error=insufficient_user_authentication,max_age=5': {
    acrValues: [],
    maxAge: 5,
  },
  'DPoP algs="ES256 EdDSA", Bearer ERROR="insufficient_user_authentication"': {
    acrValues: [],
    maxAge: undefined,
  },
  'Bearer error="insufficient_user_authentication", max_age="soon"': {
    acrValues: [],
    maxAge: undefined,
  },
  'Bearer error="invalid_token", error_description="no error=\\"insufficient_user_authentication\\" here"':
    undefined,
  'Bearer error="insufficient_scope", scope="error=insufficient_user_authentication"': undefined,
  Bearer: undefined,
}

for (const [header, expected] of Object.entries(headers)) {
  test(`the challenge ${header}`, () => {
    const response = new Response(null, { status: 401, headers: { 'www-authenticate': header } })
    assert.deepEqual(stepUpRequestOf(response), expected)
  })
}

test('a response without a challenge requires no step-up', () => {
  assert.equal(stepUpRequestOf(new Response(null, { status: 401 })), undefined)
})
