import { fixedClock } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { followKeys } from './follow-keys.ts'

/** Creates the keys of an issuer, which counts how often they are fetched, and follows them. */
function following() {
  const clock = fixedClock(1_800_000_000)
  const issuer = { fetches: 0, fails: false }
  const keys = {
    refresh: async () => {
      issuer.fetches++
      if (issuer.fails) throw new Error('the issuer does not answer')
    },
  }
  const onKeys = followKeys({ keys } as Parameters<typeof followKeys>[0], clock)
  /** Returns how often the keys were fetched after an event, which comes some seconds after the last. */
  const after = async (name: string | undefined, seconds = 5) => {
    clock.advance(seconds)
    onKeys(name)
    await setImmediate()
    return issuer.fetches
  }
  return { issuer, after }
}

test('[18.12] keys are fetched for each new name, again with the next event, and until that succeeds', async () => {
  const { issuer, after } = following()
  assert.equal(await after(undefined), 0, 'an issuer that names no keys')
  assert.equal(await after('a'), 1)
  assert.equal(await after('a'), 2)
  assert.equal(await after('a'), 2)
  issuer.fails = true
  for (const expected of [3, 4, 5]) assert.equal(await after('b'), expected)
  issuer.fails = false
  for (const expected of [6, 7, 7]) assert.equal(await after('b'), expected)
})

test('[18.12] keys that change right after the first events are fetched at once', async () => {
  const { after } = following()
  assert.equal(await after('a', 0), 1)
  assert.equal(await after('a', 0), 2)
  assert.equal(await after('b', 0), 3)
  assert.equal(await after('b', 0), 4)
})

test('[23.51] events that alternate two names have keys fetched once in two seconds, and less often while that fails', async () => {
  const { issuer, after } = following()
  const alternate = async (seconds: number) => {
    const before = issuer.fetches
    for (let second = 0; second < seconds; second++)
      for (const name of ['a', 'b', 'a', 'b']) await after(name, 0.25)
    return issuer.fetches - before
  }
  const fetches = await alternate(20)
  assert.ok(fetches >= 10 && fetches <= 14, `${fetches} in 20 s`)
  issuer.fails = true
  const failed = await alternate(300)
  assert.ok(failed > 5 && failed < 30, `${failed} in 300 s`)
})
