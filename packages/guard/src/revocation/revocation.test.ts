import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard, type GuardEvent, type RevocationOptions } from '../index.ts'
import { startRemoteIssuer, type RemoteIssuer } from '../testing/remote-issuer.fixture.ts'

/** Creates a guard of an issuer behind sockets; it uses the issuer's clock. */
function guardOf({ issuer }: RemoteIssuer, revocation: RevocationOptions = {}) {
  const { url, audience, clock } = issuer
  const events: GuardEvent[] = []
  const onEvent = (event: GuardEvent) => events.push(event)
  const guard = createGuard({ issuer: url, audience, clock, timer: clock, revocation, onEvent })
  const check = async (token: string) => {
    const answer = await guard.checkToken(token)
    return answer.allowed ? 'allowed' : answer.problem.code
  }
  const list = () => guard.health().lists[0]
  /** Returns the events of the list in order, without successful loads. */
  const listEvents = () =>
    events.flatMap((one) =>
      one.kind === 'revocation' && one.event !== 'loaded' ? [one.event] : [],
    )
  return { ...guard, check, list, listEvents }
}

/** Waits for data that travels over sockets, at most a minute. */
async function until(met: () => unknown, what = String(met)): Promise<void> {
  for (let tries = 0; tries < 30_000; tries++) {
    if (await met()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  assert.fail(`timeout: ${what}`)
}

suite('over real sockets', { concurrency: 4 }, () => {
  test('[F36] the feed: a revoked token is refused within a second, even if it was just admitted', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const [one, other] = [far.issuer.token(), far.issuer.token()]
    assert.equal(await guard.check(one), 'allowed')
    assert.equal(await guard.check(other), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    await far.issuer.revoke(one)
    await until(async () => (await guard.check(one)) === 'token_revoked')
    assert.equal(await guard.check(other), 'allowed')
    assert.equal(far.issuer.revocation.listRequests, 1, 'it was pushed')
    assert.deepEqual(guard.listEvents(), ['feed_open', 'changed'])
    const { current, seq, changes, gaps, refused, problem } = guard.list() ?? {}
    assert.deepEqual([current, seq, changes, gaps, refused, problem], [true, 1, 1, 0, 0, undefined])
  })

  test('hours of feed: heartbeats keep the list current, and it is loaded again well before its expiry', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    assert.equal(await guard.check(far.issuer.token()), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    for (let beat = 0; beat < 375; beat++) {
      if (beat < 360) assert.equal(far.issuer.revocation.listRequests, 1, `${beat}`)
      far.issuer.clock.advance(5)
      await until(() => guard.list()?.age === 0)
    }
    assert.equal(far.issuer.revocation.listRequests, 2, 'after half of its lifetime of an hour')
    assert.deepEqual(guard.listEvents(), ['feed_open'])
  })

  test('the feed is cut for a moment: the feed itself sends what was revoked meanwhile', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    far.cable('cut')
    await until(() => guard.list()?.feed === 'cut')
    await far.issuer.revoke(token)
    assert.equal(await guard.check(token), 'allowed', 'it cannot be known yet')
    far.cable('whole')
    await far.pass(3)
    await until(() => guard.list()?.feed === 'open')
    assert.equal(await guard.check(token), 'token_revoked')
    assert.equal(far.issuer.revocation.listRequests, 1)
    assert.deepEqual(guard.listEvents(), ['feed_open', 'feed_cut', 'changed', 'feed_open'])
  })

  test('the feed is cut and stays cut: the list is polled for, twice within its ttl', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    far.issuer.revocation.feed = 'cut'
    await far.issuer.revoke(token)
    await far.pass(140)
    assert.equal(await guard.check(token), 'allowed', 'not before half of the ttl of 300 s')
    await far.pass(15)
    await until(() => guard.list()?.loads === 2)
    assert.equal(await guard.check(token), 'token_revoked')
    assert.equal(await guard.check(far.issuer.token()), 'allowed')
    assert.equal(guard.list()?.current, true)
    assert.ok(far.issuer.revocation.feedRequests < 30, 'it reconnects less and less often')
    far.issuer.revocation.feed = 'up'
    await far.pass(31)
    await until(() => guard.list()?.feed === 'open')
  })

  test('a silent feed is noticed within its timeout, and polled for', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    far.issuer.revocation.feed = 'silent'
    await far.issuer.revoke(token)
    await far.pass(13)
    assert.equal(guard.list()?.feed, 'open')
    await far.pass(4)
    await until(() => guard.list()?.feed === 'cut')
    assert.match(String(guard.list()?.problem), /silent/)
    await far.pass(150)
    assert.equal(await guard.check(token), 'token_revoked')
  })

  for (const whenStale of ['refuse', 'accept'] as const)
    test(`a stalled connection: after maxStale the guard follows whenStale, ${whenStale}`, async () => {
      await using far = await startRemoteIssuer()
      using guard = guardOf(far, { whenStale, maxStale: 60 })
      const [good, bad] = [far.issuer.token(), far.issuer.token()]
      await far.issuer.revoke(bad)
      assert.equal(await guard.check(good), 'allowed')
      await until(() => guard.list()?.feed === 'open')
      far.cable('stalled')
      await far.pass(50)
      assert.equal(guard.list()?.feed, 'cut')
      assert.equal(await guard.check(good), 'allowed', 'it is not stale yet')
      await far.pass(20)
      assert.equal(guard.list()?.current, false)
      assert.equal(guard.health().usable, false)
      assert.ok(guard.listEvents().includes('stale'), 'an event reports it')
      assert.equal(
        await guard.check(good),
        whenStale === 'refuse' ? 'revocation_unknown' : 'allowed',
      )
      assert.equal(await guard.check(bad), 'token_revoked', 'a known revocation stays known')
      far.cable('whole')
      await far.pass(35)
      await until(() => guard.list()?.current)
      assert.equal(await guard.check(good), 'allowed')
      assert.equal(guard.listEvents().at(-1), 'feed_open')
    })

  test('the issuer restarts without its history: the gap is detected, the list loaded, nothing lost', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const tokens = [1, 2, 3].map(() => far.issuer.token())
    for (const one of tokens) assert.equal(await guard.check(one), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    far.cable('cut')
    await until(() => guard.list()?.feed === 'cut')
    for (const one of tokens) await far.issuer.revoke(one)
    far.issuer.revocation.forget()
    far.cable('whole')
    await far.pass(3)
    await until(() => guard.list()?.gaps === 1)
    await until(() => guard.list()?.loads === 2 && guard.list()?.seq === 3) // a load is counted when it begins
    for (const one of tokens) assert.equal(await guard.check(one), 'token_revoked')
    await far.pass(6)
    assert.deepEqual([guard.list()?.gaps, guard.list()?.loads, guard.list()?.seq], [1, 2, 3])
  })

  test('the guard restarts: it loads the list before it answers the first request', async () => {
    await using far = await startRemoteIssuer()
    const [good, bad] = [far.issuer.token(), far.issuer.token()]
    {
      using guard = guardOf(far)
      assert.equal(await guard.check(bad), 'allowed')
    }
    await far.issuer.revoke(bad)
    using guard = guardOf(far)
    const answers = await Promise.all(
      [...Array(50)].flatMap(() => [guard.check(bad), guard.check(good)]),
    )
    assert.deepEqual(new Set(answers), new Set(['token_revoked', 'allowed']))
    assert.equal(answers.filter((one) => one === 'token_revoked').length, 50)
    assert.equal(guard.list()?.loads, 1, 'a hundred requests at once load it once')
  })

  test('[H63] the guard starts while the list is unavailable: 503, never a guess; and it recovers', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    far.issuer.revocation.list = 'down'
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'revocation_unknown')
    const refused = await guard.checkToken(token)
    assert.ok(!refused.allowed)
    assert.equal(refused.status, 503)
    assert.equal(refused.headers['retry-after'], '5')
    assert.match(String(guard.list()?.problem), /status 503/)
    using lenient = guardOf(far, { whenStale: 'accept' })
    assert.equal(await lenient.check(token), 'allowed')
    far.issuer.revocation.list = 'up'
    await far.pass(31)
    await until(() => guard.list()?.current)
    assert.equal(await guard.check(token), 'allowed')
  })

  test('polling: the list is loaded periodically, and no feed is requested', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far, { source: 'poll', maxStale: 20 })
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await far.issuer.revoke(token)
    await far.pass(8)
    assert.equal(await guard.check(token), 'allowed')
    await far.pass(4)
    await until(async () => (await guard.check(token)) === 'token_revoked')
    await far.pass(100)
    assert.equal(guard.list()?.current, true)
    assert.equal(guard.list()?.feed, 'off')
    assert.equal(far.issuer.revocation.feedRequests, 0)
    assert.ok(Math.abs(Number(guard.list()?.loads) - 11) <= 2, `${guard.list()?.loads}`)
  })

  test('an absent feed is polled for, and is no fault', async () => {
    await using far = await startRemoteIssuer()
    far.issuer.revocation.feed = 'absent'
    using guard = guardOf(far, { maxStale: 20 })
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await far.issuer.revoke(token)
    await far.pass(12)
    await until(async () => (await guard.check(token)) === 'token_revoked')
    assert.match(String(guard.list()?.problem), /status 404/)
  })

  test('a new signing key of the issuer is fetched once, when the feed uses it', async () => {
    await using far = await startRemoteIssuer()
    using guard = guardOf(far)
    const token = far.issuer.token()
    assert.equal(await guard.check(token), 'allowed')
    await until(() => guard.list()?.feed === 'open')
    await far.pass(31) // the minimum time between two requests for keys
    far.issuer.rotate({ keepOld: true })
    await far.issuer.revoke(token)
    await until(async () => (await guard.check(token)) === 'token_revoked')
    assert.equal(far.issuer.keyRequests, 2)
    assert.equal(guard.list()?.refused, 0)
  })
})
