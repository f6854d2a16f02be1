import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { toJwks } from './key-set.ts'
import {
  fails,
  header,
  issuer,
  key,
  keysOf,
  next,
  sends,
  settled,
} from './remote-issuer.fixture.ts'

const hour = 3600

suite('[18.34] a clock is set back after keys were fetched', () => {
  test('a new key is looked up when the cooldown is over', async (t) => {
    const remote = await issuer(t)
    const keys = keysOf(remote)
    await keys.refresh()
    remote.clock.advance(-hour)
    remote.answer = sends(toJwks([next]))
    remote.clock.advance(30)
    await keys.refresh()
    assert.equal(remote.received.length, 2)
    assert.ok(keys.find(header(next)))
  })

  test('keys are fetched again after their own freshness', async (t) => {
    const remote = await issuer(t)
    const keys = keysOf(remote)
    await keys.refresh()
    remote.clock.advance(-hour)
    remote.clock.advance(600)
    assert.ok(keys.find(header(key)))
    await settled(keys, 2)
    assert.equal(remote.received.length, 2)
  })

  test('keys of an issuer that is down are used no longer than otherwise', async (t) => {
    const remote = await issuer(t)
    const keys = keysOf(remote)
    await keys.refresh()
    remote.answer = fails
    remote.clock.advance(-hour)
    assert.ok(keys.find(header(key)))
    remote.clock.advance(600 + hour)
    assert.throws(() => keys.find(header(key)), { code: 'key_set_unavailable' })
    assert.equal(keys.health().usable, false)
  })
})
