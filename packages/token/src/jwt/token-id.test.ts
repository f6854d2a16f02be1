import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTokenId } from './signer.ts'

test('ids are 128 random bits each: no two alike, and no bit stands still', () => {
  const ids = Array.from({ length: 10_000 }, newTokenId) // the pool is filled again many times
  assert.equal(new Set(ids).size, ids.length)
  const ones = Array.from({ length: 128 }, () => 0)
  for (const id of ids) {
    assert.match(id, /^[\w-]{22}$/)
    const bytes = Buffer.from(id, 'base64url')
    ones.forEach((_, bit) => (ones[bit]! += ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1))
  }
  // of 10,000 fair throws, fewer than 4,500 or more than 5,500 are ten standard deviations away
  for (const count of ones) assert.ok(count > 4500 && count < 5500)
})
