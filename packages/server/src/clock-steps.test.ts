import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { foldRefusal } from './domain/limits/refusal-fold.ts'
import { tokenStateOf } from './domain/sessions/refresh-rotation.ts'
import { createLiveStatusLists } from './domain/revocation/live-status-lists.ts'
import { openIssuer } from './domain/keys/open-issuer.ts'
import { openDomain, password } from './domain/domain.fixture.ts'
import { signIn } from './domain/authentication/sign-in.ts'
import { Secret } from './domain/kernel/secret.ts'
import { testServer } from './testing.ts'
import { openBrowser } from './http/pages/test-browser.fixture.ts'
import { people } from './http/pages/console/console.fixture.ts'

const start = 1_800_000_000
const hour = 3600

suite('[18.34] the clock of a server is set back by an hour', () => {
  test('a delayed user waits no longer than the delay', async (t) => {
    const { deps, owner } = await openDomain(t)
    const clock = fixedClock(start)
    const limits = { ...deps.policies.limits, attemptDelay: { free: 2, maxDelay: 900 } }
    const world = { ...deps, clock, policies: { ...deps.policies, limits } }
    await owner('ada')
    const client = { address: '192.0.2.1' }
    const attempt = (text: Secret) => signIn(world, 'ada', text, client)
    const wrong = new Secret('a wrong password')
    for (let at = 0; at < 2; at++)
      await assert.rejects(attempt(wrong), { code: 'credentials_wrong' })
    clock.advance(-hour)
    await assert.rejects(attempt(password), ({ facts }: Error & { facts: object }) => {
      assert.deepEqual(facts, { retryAfter: 1 })
      return true
    })
    clock.advance(1)
    await attempt(password)
  })

  test('refusals are folded no longer than an hour', () => {
    const { after } = foldRefusal({ count: 100, until: start + hour }, start - hour)
    assert.deepEqual(after, { count: 1, until: start })
    const within = foldRefusal({ count: 100, until: start + hour }, start)
    assert.equal(within.after.count, 101)
  })

  test('a used refresh token is repeated within its grace before and after the step, and no later', () => {
    const used = [{ hash: 'old', usedAt: start, successor: '' }]
    const presented = { hash: 'old', isGenuineSuccessor: false }
    const isUsedUpAt = (now: number) =>
      tokenStateOf({ current: 'new', used }, presented, now, 10) === 'used_up'
    assert.deepEqual([start - hour, start - 9, start + 9, start + 10].map(isUsedUpAt), [
      true,
      false,
      false,
      true,
    ])
  })

  test('the status lists know at once that they are behind, and clear old bits again', async (t) => {
    const { deps } = await openDomain(t)
    const clock = fixedClock(start)
    const lists = createLiveStatusLists({ ...deps, clock }, 'https://auth.example.com')
    await lists.catchUp()
    assert.equal(lists.isBehind(), false)
    clock.advance(-hour)
    clock.advance(6)
    assert.equal(lists.isBehind(), true, 'no heartbeat goes to a guard')
    await lists.catchUp()
    assert.equal(lists.isBehind(), false)
  })

  test('the keys are read again after their cooldown', async (t) => {
    const { deps } = await openDomain(t)
    const clock = fixedClock(start)
    const issuer = openIssuer({ ...deps, clock, url: 'https://auth.example.com' })
    assert.equal(await issuer.catchUp().catch(() => true), true)
    assert.equal(await issuer.catchUp(), false)
    clock.advance(-hour)
    clock.advance(5)
    assert.notEqual(await issuer.catchUp().catch(() => true), false)
  })

  test('a status list is signed again after five seconds', async () => {
    await using server = await testServer()
    const read = async () => {
      const response = await server.fetch(new Request('http://localhost:5000/status-lists/1'))
      return response.text()
    }
    await openBrowser(server).signIn()
    const before = await read()
    assert.match(before, /^eyJ/)
    server.clock.advance(-hour)
    server.clock.advance(6)
    assert.notEqual(await read(), before)
  })

  test('a recent sign-in is recent no longer than 15 minutes', async () => {
    await using server = await testServer()
    const { admin } = await people(server)
    server.clock.advance(-hour)
    const seen = await admin.send('/console/users/add', {
      username: 'eve',
      new_password: 'six words that never met before',
      email: '',
      roles: '',
    })
    assert.match(seen.path, /\/account\/confirm/)
  })
})
