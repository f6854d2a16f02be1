import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCountersignError } from './failures.ts'
import { memoryStorage } from './storage.ts'
import { admin, guarded, openTab, openWorld, settled, until, type Road } from './tabs.fixture.ts'
import type { SessionState } from './session-state.ts'

const code = (expected: string) => (error: unknown) =>
  isCountersignError(error) && error.code === expected

test('somebody signs in, asks, and signs out', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  const told: SessionState[] = []
  tab.subscribe((state) => told.push(state))
  assert.deepEqual(tab.state, { status: 'unknown' })
  assert.deepEqual(await tab.restore(), { status: 'signed_out', why: 'never_signed_in' })
  assert.deepEqual(world.seen, [], 'the server has nothing to say to that')
  await assert.rejects(tab.signIn({ ...admin, password: 'wrong' }), code('credentials_wrong'))
  await tab.signIn(admin)
  const greeting = await (await tab.fetch(guarded)).json()
  assert.deepEqual(greeting, { message: 'Hello, admin. You are authenticated!' })
  assert.equal((await tab.call('GET /me')).username, 'admin')
  assert.match(await tab.accessToken(), /^ey/)
  await tab.signOut()
  assert.deepEqual(
    told.map((state) => ('why' in state ? state.why : state.status)),
    ['never_signed_in', 'signed_in', 'signed_out'],
  )
  const asked = world.seen.length
  await assert.rejects(tab.fetch(guarded), code('signed_out'))
  await assert.rejects(tab.accessToken(), code('signed_out'))
  assert.equal(world.seen.length, asked, 'and the server was not even asked')
  await assert.rejects(tab.call('GET /me'), code('token_missing'))
})

test('signing out ends the session at the server; everywhere, those of all devices', async () => {
  await using world = await openWorld()
  const [here, there] = [openTab(world), openTab(world)]
  await here.signIn(admin)
  await there.signIn(admin)
  const { sessions } = await there.call('GET /sessions')
  assert.equal(sessions.length, 2)
  await here.signOut()
  assert.equal((await there.call('GET /sessions')).sessions.length, 1)
  await here.signIn(admin)
  await here.signOut('everywhere')
  world.clock.advance(900)
  await assert.rejects(there.fetch(guarded), code('signed_out'))
  assert.deepEqual(there.state, { status: 'signed_out', why: 'ended' })
  await assert.rejects(here.signOut('everywhere'), code('signed_out'))
})

test('signing in anew leaves no session behind', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  await tab.signIn(admin)
  await until(() => world.count('POST /logout') === 1)
  await settled()
  assert.equal((await tab.call('GET /sessions')).sessions.length, 1)
})

test('what is stored is taken up again, and what is not ours is as good as nothing', async () => {
  await using world = await openWorld()
  const storage = memoryStorage()
  {
    using before = openTab(world, { storage })
    await before.signIn(admin)
  }
  using after = openTab(world, { storage })
  assert.equal((await after.restore()).status, 'signed_in')
  assert.equal((await after.fetch(guarded)).status, 200)
  assert.equal(world.count('POST /refresh'), 0)
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
    const odd = { ...memoryStorage(), load: async () => junk }
    using tab = openTab(world, { storage: odd })
    assert.deepEqual(await tab.restore(), { status: 'signed_out', why: 'never_signed_in' })
  }
})

test('a caller who asks with a token that is soon to expire does not wait; with an expired one all wait for one refresh', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900 - 100) // due: less than 15 % of its life is left
  let release = () => {}
  world.road = async (request, onward) => {
    if (request.url.endsWith('/refresh')) await new Promise<void>((resolve) => (release = resolve))
    return onward()
  }
  assert.equal((await tab.fetch(guarded)).status, 200)
  assert.equal((await tab.fetch(guarded)).status, 200)
  await until(() => world.count('POST /refresh') === 1)
  release()
  await settled()
  world.road = undefined
  world.clock.advance(900)
  const answers = await Promise.all(Array.from({ length: 50 }, () => tab.fetch(guarded)))
  assert.ok(answers.every(({ status }) => status === 200))
  assert.equal(world.count('POST /refresh'), 2)
})

test('a refused request is sent once more with another token, and never a third time', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  const bodies: string[] = []
  const refusals = { left: 1 }
  world.road = async (request, onward) => {
    if (!request.url.endsWith('/notes')) return onward()
    bodies.push(await request.text())
    return refusals.left-- > 0 ? new Response('no', { status: 401 }) : new Response('yes')
  }
  const notes = 'http://localhost:5000/notes'
  const form = new FormData()
  form.set('a', 'b')
  const stream = () => new Blob(['streamed']).stream()
  const sendings = [
    { method: 'POST', body: 'text' },
    { method: 'POST', body: form },
    { method: 'POST', body: stream(), duplex: 'half' } as RequestInit,
  ]
  for (const sending of sendings) {
    world.clock.advance(31) // what a new token did not help is not tried again within half a minute
    refusals.left = 1
    bodies.length = 0
    const answer = await tab.fetch(notes, sending)
    assert.equal(await answer.text(), 'yes')
    assert.equal(bodies.length, 2)
    assert.equal(bodies[0], bodies[1])
    assert.notEqual(bodies[0], '')
  }
  world.clock.advance(31)
  refusals.left = Infinity
  bodies.length = 0
  const refreshes = world.count('POST /refresh')
  for (let asked = 0; asked < 5; asked++) {
    const { status } = await tab.fetch(notes)
    assert.equal(status, 401)
  }
  assert.equal(bodies.length, 6, 'twice for the first, once for the others')
  assert.equal(
    world.count('POST /refresh'),
    refreshes + 1,
    'an API that refuses everything causes no loop',
  )
  assert.equal(tab.state.status, 'signed_in')
})

test('a session that was ended elsewhere is over at the first refusal, and the refusal is the answer', async () => {
  await using world = await openWorld()
  const [tab, other] = [openTab(world), openTab(world)]
  await tab.signIn(admin)
  await other.signIn(admin)
  await other.call('DELETE /sessions')
  world.road = async (request, onward) =>
    request.url === guarded ? new Response('', { status: 401 }) : onward()
  assert.equal((await tab.fetch(guarded)).status, 401)
  assert.deepEqual(tab.state, { status: 'signed_out', why: 'ended' })
})

test('a session is sent to no origin that was not named', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  const asked = world.seen.length
  const foreign = [
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
  for (const address of foreign)
    await assert.rejects(
      tab.fetch(address),
      (error) => code('origin_not_allowed')(error) || error instanceof TypeError,
    )
  assert.equal(world.seen.length, asked)
  assert.equal((await tab.fetch('/protected')).status, 200, 'what is relative is the server’s')
  using wide = openTab(world, { origins: ['https://api.example'], storage: memoryStorage() })
  await wide.signIn(admin)
  world.road = async (request) => new Response(request.headers.get('authorization'))
  assert.match(await (await wide.fetch('https://api.example/x')).text(), /^Bearer ey/)
  await assert.rejects(wide.fetch(guarded), code('origin_not_allowed'))
})

test('a caller who gives up waits no longer, and the refresh goes on for the others', async () => {
  await using world = await openWorld()
  using tab = openTab(world)
  await tab.signIn(admin)
  world.clock.advance(900)
  let release = () => {}
  const slow: Road = async (_request, onward) => {
    const answer = await onward()
    await new Promise<void>((resolve) => (release = resolve))
    return answer
  }
  world.road = slow
  const stop = new AbortController()
  const impatient = tab.fetch(guarded, { signal: stop.signal })
  const patient = tab.fetch(guarded)
  await until(() => world.count('POST /refresh') === 1)
  await settled()
  stop.abort(new Error('enough'))
  await assert.rejects(impatient, /enough/)
  world.road = undefined
  release()
  assert.equal((await patient).status, 200)
  await assert.rejects(tab.fetch(guarded, { signal: AbortSignal.abort() }), /abort/i)
})

test('what cannot be an address is refused when the session is made', () => {
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
