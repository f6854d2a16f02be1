import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { singleFlightWithBackoff } from './backoff.ts'
import { createGuard, type RevocationOptions } from './index.ts'
import { createTestIssuer } from './testing/test-issuer.ts'

const now = 1_800_000_000
const step = 200 // seconds by which the clock of a guard is set back

/** Creates a guard whose clock is ahead by some seconds, until `setBack`. Timers are steady, as those of a machine are. */
function guardOf(revocation: RevocationOptions, ahead = step) {
  const issuer = createTestIssuer({ now })
  let skew = ahead
  const clock = { now: () => issuer.clock.now() + skew }
  const { url, audience, fetch } = issuer
  const guard = createGuard({
    issuer: url,
    audience,
    fetch,
    clock,
    timer: issuer.clock,
    revocation,
    onEvent: () => undefined,
  })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      issuer.clock.advance(1)
      await issuer.settle()
    }
  }
  return { issuer, guard, pass, setBack: () => void (skew -= step) }
}

suite('[18.34] a clock is set back', () => {
  test('a pause of the backoff is no longer than its own length', async () => {
    const clock = fixedClock(now)
    let runs = 0
    const flight = singleFlightWithBackoff(async () => ++runs > 9, { clock })
    await flight.run()
    clock.advance(-3600)
    clock.advance(1)
    await flight.run()
    assert.equal(runs, 2)
  })

  test('a list is polled at its own interval, so that a revocation is not missed', async () => {
    const { issuer, guard, pass, setBack } = guardOf({ source: 'poll', maxStale: 300 })
    const token = issuer.token()
    assert.ok((await guard.checkToken(token)).allowed)
    await pass(5)
    setBack()
    await issuer.revoke(token)
    await pass(155) // half of maxStale
    assert.ok(!(await guard.checkToken(token)).allowed)
    guard.close()
  })

  test('a list of an issuer that is down is used no longer than otherwise', async () => {
    const { issuer, guard, pass, setBack } = guardOf({ source: 'poll', maxStale: 300 })
    const token = issuer.token()
    assert.ok((await guard.checkToken(token)).allowed)
    await pass(5)
    setBack()
    issuer.network = 'down'
    await pass(301)
    const answer = await guard.checkToken(token)
    assert.equal(answer.allowed ? 'allowed' : answer.problem.code, 'revocation_unknown')
    guard.close()
  })

  test('a feed that is silent is disconnected after its own time', async () => {
    const { issuer, guard, pass, setBack } = guardOf({ source: 'feed' }, 0)
    assert.ok((await guard.checkToken(issuer.token())).allowed)
    await pass(11)
    assert.equal(guard.health().lists[0]?.feed, 'open')
    setBack()
    issuer.revocation.feed = 'silent'
    await pass(60)
    assert.equal(guard.health().lists[0]?.feed, 'cut')
    guard.close()
  })
})
