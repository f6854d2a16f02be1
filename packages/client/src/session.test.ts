import assert from 'node:assert/strict'
import { test } from 'node:test'
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
import type { SessionState } from './session-store.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

test('a user signs in, sends requests and signs out', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  const states: SessionState[] = []
  tab.subscribe((state) => states.push(state))
  assert.deepEqual(tab.state, { status: 'unknown' })
  assert.deepEqual(await tab.restore(), { status: 'signed_out', reason: 'never_signed_in' })
  assert.deepEqual(backend.requests, [], 'no request is needed for that')
  await assert.rejects(tab.signIn({ ...admin, password: 'wrong' }), code('credentials_wrong'))
  await tab.signIn(admin)
  const greeting = await (await tab.fetch(protectedUrl)).json()
  assert.deepEqual(greeting, { message: 'Hello, admin. You are authenticated!' })
  assert.equal((await tab.call('GET /me')).username, 'admin')
  assert.match(await tab.accessToken(), /^ey/)
  await tab.signOut()
  assert.deepEqual(
    states.map((state) => ('reason' in state ? state.reason : state.status)),
    ['never_signed_in', 'signed_in', 'signed_out'],
  )
  const sent = backend.requests.length
  await assert.rejects(tab.fetch(protectedUrl), code('signed_out'))
  await assert.rejects(tab.accessToken(), code('signed_out'))
  assert.equal(backend.requests.length, sent, 'and no request was sent')
  await assert.rejects(tab.call('GET /me'), code('token_missing'))
})

test('signing out ends the session on the server; signing out everywhere ends the sessions of all devices', async () => {
  await using backend = await openBackend()
  const [here, there] = [openTab(backend), openTab(backend)]
  await here.signIn(admin)
  await there.signIn(admin)
  const { sessions } = await there.call('GET /sessions')
  assert.equal(sessions.length, 2)
  await here.signOut()
  assert.equal((await there.call('GET /sessions')).sessions.length, 1)
  await here.signIn(admin)
  await here.signOut('everywhere')
  backend.clock.advance(900)
  await assert.rejects(there.fetch(protectedUrl), code('signed_out'))
  assert.deepEqual(there.state, { status: 'signed_out', reason: 'ended' })
  await assert.rejects(here.signOut('everywhere'), code('signed_out'))
})

test('a new sign-in ends the session that it replaces', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  await tab.signIn(admin)
  await waitUntil(() => backend.count('POST /logout') === 1)
  await settle()
  assert.equal((await tab.call('GET /sessions')).sessions.length, 1)
})

test('a stored session is restored, and a stored value of unknown form counts as no session', async () => {
  await using backend = await openBackend()
  const storage = memoryStorage()
  {
    using before = openTab(backend, { storage })
    await before.signIn(admin)
  }
  using after = openTab(backend, { storage })
  assert.equal((await after.restore()).status, 'signed_in')
  assert.equal((await after.fetch(protectedUrl)).status, 200)
  assert.equal(backend.count('POST /refresh'), 0)
  for (const junk of [
    undefined,
    null,
    'x',
    7,
    [],
    {},
    { status: 'signed_in' },
    { status: 'else' },
  ]) {
    const unknown = { ...memoryStorage(), load: async () => junk }
    using tab = openTab(backend, { storage: unknown })
    assert.deepEqual(await tab.restore(), { status: 'signed_out', reason: 'never_signed_in' })
  }
})

test('a request does not wait while the token is due; with an expired token all requests wait for one refresh', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900 - 100) // due: less than 15 % of its life is left
  let release = () => {}
  backend.intercept = async (request, forward) => {
    if (request.url.endsWith('/refresh')) await new Promise<void>((resolve) => (release = resolve))
    return forward()
  }
  assert.equal((await tab.fetch(protectedUrl)).status, 200)
  assert.equal((await tab.fetch(protectedUrl)).status, 200)
  await waitUntil(() => backend.count('POST /refresh') === 1)
  release()
  await settle()
  backend.intercept = undefined
  backend.clock.advance(900)
  const answers = await Promise.all(Array.from({ length: 50 }, () => tab.fetch(protectedUrl)))
  assert.ok(answers.every(({ status }) => status === 200))
  assert.equal(backend.count('POST /refresh'), 2)
})

test('a request that is rejected with 401 is sent again with a new token, and never a third time', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  const bodies: string[] = []
  const refusals = { left: 1 }
  backend.intercept = async (request, forward) => {
    if (!request.url.endsWith('/notes')) return forward()
    bodies.push(await request.text())
    return refusals.left-- > 0 ? new Response('no', { status: 401 }) : new Response('yes')
  }
  const notes = 'http://localhost:5000/notes'
  const form = new FormData()
  form.set('a', 'b')
  const stream = () => new Blob(['streamed']).stream()
  const inits = [
    { method: 'POST', body: 'text' },
    { method: 'POST', body: form },
    { method: 'POST', body: stream(), duplex: 'half' } as RequestInit,
  ]
  for (const init of inits) {
    refusals.left = 1
    bodies.length = 0
    const answer = await tab.fetch(notes, init)
    assert.equal(await answer.text(), 'yes')
    assert.equal(bodies.length, 2)
    assert.equal(bodies[0], bodies[1])
    assert.notEqual(bodies[0], '')
  }
  backend.clock.advance(31)
  refusals.left = Infinity
  bodies.length = 0
  const refreshes = backend.count('POST /refresh')
  for (let sent = 0; sent < 9; sent++) {
    const { status } = await tab.fetch(notes)
    assert.equal(status, 401)
  }
  const renewals = 5 // then no more: an API that rejects every token causes no loop
  assert.equal(bodies.length, 9 + renewals)
  assert.equal(backend.count('POST /refresh'), refreshes + renewals)
  assert.equal(tab.state.status, 'signed_in')
})

test('after a session was ended elsewhere, the first 401 signs the user out and is returned', async () => {
  await using backend = await openBackend()
  const [tab, other] = [openTab(backend), openTab(backend)]
  await tab.signIn(admin)
  await other.signIn(admin)
  await other.call('DELETE /sessions')
  backend.intercept = async (request, forward) =>
    request.url === protectedUrl ? new Response('', { status: 401 }) : forward()
  assert.equal((await tab.fetch(protectedUrl)).status, 401)
  assert.deepEqual(tab.state, { status: 'signed_out', reason: 'ended' })
})

test('a session is sent to the listed origins only', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  const sent = backend.requests.length
  const otherOrigins = [
    'https://evil.example/',
    'https://localhost:5000/protected',
    'http://localhost:5001/',
    'http://localhost:5000.evil.example/',
    'http://user@evil.example:5000/',
    '//evil.example/protected',
    new Request('http://evil.example/'),
    new URL('http://evil.example/'),
    'data:text/plain,x',
  ]
  for (const address of otherOrigins)
    await assert.rejects(
      tab.fetch(address),
      (error) => code('origin_not_allowed')(error) || error instanceof TypeError,
    )
  assert.equal(backend.requests.length, sent)
  assert.equal(
    (await tab.fetch('/protected')).status,
    200,
    'a relative URL is relative to the server',
  )
  using wide = openTab(backend, { origins: ['https://api.example'], storage: memoryStorage() })
  await wide.signIn(admin)
  backend.intercept = async (request) => new Response(request.headers.get('authorization'))
  assert.match(await (await wide.fetch('https://api.example/x')).text(), /^Bearer ey/)
  await assert.rejects(wide.fetch(protectedUrl), code('origin_not_allowed'))
})

test('an aborted request rejects at once, and the refresh continues for the others', async () => {
  await using backend = await openBackend()
  using tab = openTab(backend)
  await tab.signIn(admin)
  backend.clock.advance(900)
  let release = () => {}
  const slow: Intercept = async (_request, forward) => {
    const answer = await forward()
    await new Promise<void>((resolve) => (release = resolve))
    return answer
  }
  backend.intercept = slow
  const stop = new AbortController()
  const aborted = tab.fetch(protectedUrl, { signal: stop.signal })
  const waiting = tab.fetch(protectedUrl)
  await waitUntil(() => backend.count('POST /refresh') === 1)
  await settle()
  stop.abort(new Error('enough'))
  await assert.rejects(aborted, /enough/)
  backend.intercept = undefined
  release()
  assert.equal((await waiting).status, 200)
  await assert.rejects(tab.fetch(protectedUrl, { signal: AbortSignal.abort() }), /abort/i)
})

test('createSession rejects a URL that it cannot use', () => {
  for (const url of [
    '',
    'localhost:5000',
    '/auth',
    'ftp://x',
    'https://u:p@x',
    'https://x/?y',
    'https://x/#z',
  ])
    assert.throws(() => openTab({} as never, { url }, {} as never), code('option_invalid'), url)
})
