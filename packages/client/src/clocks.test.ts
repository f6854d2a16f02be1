import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, guarded, openTab, openWorld, settled } from './tabs.fixture.ts'

const day = 86_400 // seconds

test('a clock that is wrong, by a day or a year, one way or the other, costs no refresh', async () => {
  for (const skew of [-365 * day, -day, day, 365 * day]) {
    await using world = await openWorld()
    using tab = openTab(world)
    tab.platform.skew = skew
    await tab.signIn(admin)
    assert.equal(tab.serverTime(), world.clock.now())
    for (let minute = 0; minute < 150; minute++) {
      assert.equal((await tab.fetch(guarded)).status, 200)
      while (world.open > 0) await settled() // a refresh behind the caller's back
      world.clock.advance(60)
    }
    assert.ok(world.count('POST /refresh') <= 12, `${world.count('POST /refresh')} in ten lives`)
    assert.ok(world.count('POST /refresh') >= 9)
  }
})

test('a clock that is set while somebody is signed in costs one refresh', async () => {
  for (const skews of [
    [day, 0],
    [-day, 0],
    [0, day],
    [0, -day],
  ]) {
    await using world = await openWorld()
    using tab = openTab(world)
    for (const [turn, skew] of skews.entries()) {
      tab.platform.skew = skew
      if (turn === 0) await tab.signIn(admin)
      for (let asked = 0; asked < 5; asked++) assert.equal((await tab.fetch(guarded)).status, 200)
    }
    await settled()
    assert.ok(world.count('POST /refresh') <= 1, String(skews))
    assert.equal(tab.serverTime() - world.clock.now() === 0, world.count('POST /refresh') === 1)
  }
})
