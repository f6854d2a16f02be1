import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, protectedUrl, openTab, openBackend, settle } from './tabs.fixture.ts'

const day = 86_400 // seconds

test('a clock that is a day or a year ahead or behind causes no additional refresh', async () => {
  for (const skew of [-365 * day, -day, day, 365 * day]) {
    await using backend = await openBackend()
    using tab = openTab(backend)
    tab.platform.skew = skew
    await tab.signIn(admin)
    assert.equal(tab.serverTime(), backend.clock.now())
    for (let minute = 0; minute < 150; minute++) {
      assert.equal((await tab.fetch(protectedUrl)).status, 200)
      while (backend.pending > 0) await settle() // a refresh in the background
      backend.clock.advance(60)
    }
    assert.ok(
      backend.count('POST /refresh') <= 12,
      `${backend.count('POST /refresh')} in ten token lifetimes`,
    )
    assert.ok(backend.count('POST /refresh') >= 9)
  }
})

test('a clock that is set while a user is signed in causes one refresh', async () => {
  for (const skews of [
    [day, 0],
    [-day, 0],
    [0, day],
    [0, -day],
  ]) {
    await using backend = await openBackend()
    using tab = openTab(backend)
    for (const [step, skew] of skews.entries()) {
      tab.platform.skew = skew
      if (step === 0) await tab.signIn(admin)
      for (let sent = 0; sent < 5; sent++) assert.equal((await tab.fetch(protectedUrl)).status, 200)
    }
    await settle()
    assert.ok(backend.count('POST /refresh') <= 1, String(skews))
    assert.equal(tab.serverTime() - backend.clock.now() === 0, backend.count('POST /refresh') === 1)
  }
})
