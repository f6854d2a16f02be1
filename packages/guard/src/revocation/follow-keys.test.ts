import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { followKeys } from './follow-keys.ts'

test('[18.12] keys are fetched for each new name, again with the next event, and until that succeeds', async () => {
  let [fetches, fails] = [0, false]
  const keys = {
    refresh: async () => {
      fetches++
      if (fails) throw new Error('the issuer does not answer')
    },
  }
  const onKeys = followKeys({ keys } as Parameters<typeof followKeys>[0])
  const after = async (name: string | undefined) => {
    onKeys(name)
    await setImmediate()
    return fetches
  }
  assert.equal(await after(undefined), 0, 'an issuer that names no keys')
  assert.equal(await after('a'), 1)
  assert.equal(await after('a'), 2)
  assert.equal(await after('a'), 2)
  fails = true
  for (const expected of [3, 4, 5]) assert.equal(await after('b'), expected)
  fails = false
  for (const expected of [6, 7, 7]) assert.equal(await after('b'), expected)
})
