import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '@countersign/testing/fuzz'

// `npm run fuzz` checks the time limit: here other tests share the processors.
test('[C21, C22] thousands of hostile inputs are refused without an unexpected error', () => {
  const seed = 1 + Math.floor(Math.random() * 2 ** 30)
  const { faults } = fuzz(20_000, seed, () => {})
  const broken = faults.filter((fault) => !fault.includes(' took '))
  assert.deepEqual(broken, [], `seed ${seed}`)
})
