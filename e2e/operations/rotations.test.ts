import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from '@countersign/token'
import { testServer } from '@countersign/server/testing'
import { day, remoteGuard, hour, minute, signIn, statusOf } from './keys.fixture.ts'

const weeks = repetitions({ short: 6, long: 52 })

test('six weekly rotations, or a year of them under `npm run proofs`: no guard refuses a good token, not even one that is offline for a day', async () => {
  await using server = await testServer({
    COUNTERSIGN_KEYS_ROTATION_PERIOD: '7d',
    COUNTERSIGN_KEYS_PUBLICATION_LEAD: '2d',
    COUNTERSIGN_TOKENS_LIFETIME: '24h',
  })
  const { clock } = server
  const start = clock.now()
  /** Reports whether the network is down: for a day each week around the change of keys, a little later each time. */
  const isOffline = () => {
    const week = Math.floor((clock.now() - start + day) / (7 * day))
    const sinceOutage = (clock.now() - start + day) % (7 * day)
    const begin = (week * 27 * minute) % day
    return week > 0 && sinceOutage >= begin && sinceOutage < begin + day
  }
  const guards = [remoteGuard(server, clock), remoteGuard(server, clock, isOffline)]
  const tokens: { text: string; until: number }[] = []
  const kids = new Set<string>()
  let checks = 0

  async function checkAll(): Promise<void> {
    await server.runJobs()
    const text = await signIn(server)
    kids.add(String(inspect(text).header['kid']))
    tokens.push({ text, until: clock.now() + day })
    while (tokens[0] && tokens[0].until <= clock.now()) tokens.shift()
    // A guard that was offline loads its keys when it is back; any other has cached them for up to ten minutes.
    for (const { keys } of guards)
      if ((keys.health().age ?? day) > 10 * minute) await keys.refresh()
    for (const guard of guards)
      for (const one of tokens) {
        assert.equal(guard.verdict(one.text), 'good', `day ${(clock.now() - start) / day}`)
        checks++
      }
    assert.equal(await statusOf(server, tokens[0]?.text ?? ''), 200)
  }

  // In small steps around the moments when a key begins to sign and when it is no longer published, in large steps between them.
  for (let week = 0; week < weeks; week++) {
    for (const moment of [0, 25 * hour]) {
      const at = start + week * 7 * day + moment
      while (clock.now() < at - 20 * minute) {
        clock.advance(Math.min(5 * hour, at - 20 * minute - clock.now()))
        await checkAll()
      }
      for (let left = 9; left > 0; left--) {
        clock.advance(4 * minute + 51)
        await checkAll()
      }
    }
  }
  assert.equal(kids.size, weeks)
  assert.ok(checks > 384 * weeks, String(checks))
})
