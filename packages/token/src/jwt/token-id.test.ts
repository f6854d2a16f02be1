import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTokenId } from './signer.ts'

test('ids have 128 random bits each: no two are equal, and every bit varies', () => {
  const ids = Array.from({ length: 10_000 }, newTokenId) // refills the pool many times
  assert.equal(new Set(ids).size, ids.length)
  const ones = Array.from({ length: 128 }, () => 0)
  for (const id of ids) {
    assert.match(id, /^[\w-]{22}$/)
    const bytes = Buffer.from(id, 'base64url')
    ones.forEach((_, bit) => (ones[bit]! += ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1))
  }
  // with 10,000 fair bits, fewer than 4,500 or more than 5,500 would be ten standard deviations away
  for (const count of ones) assert.ok(count > 4500 && count < 5500)
})
