import { assert as check, constantFrom, property, string, uint8Array } from 'fast-check'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { createHmacState } from './hmac.ts'

const hashes = constantFrom('sha256', 'sha384', 'sha512')
const ascii = string({ unit: 'grapheme-ascii', maxLength: 9000 })

test('it computes the same HMAC as the platform, for every secret and every text', () => {
  check(
    property(
      hashes,
      uint8Array({ minLength: 1, maxLength: 300 }),
      ascii,
      ascii,
      (hash, secret, one, other) => {
        const hmac = createHmacState(Buffer.from(secret), hash)
        for (const text of [one, other, one]) {
          const code = createHmac(hash, secret).update(text).digest()
          assert.equal(hmac.sign(Buffer.from(text)), code.toString('base64url'))
          assert.ok(hmac.verify(Buffer.from(text), code))
          assert.equal(hmac.verify(Buffer.from(`${text}x`), code), false)
        }
      },
    ),
  )
})

test('a text longer than the buffer is signed correctly, and so are the texts after it', () => {
  const secret = Buffer.alloc(32, 7)
  const hmac = createHmacState(secret, 'sha256')
  for (const length of [0, 8191, 8192, 8193, 100_000, 3]) {
    const text = 'x'.repeat(length)
    assert.equal(
      hmac.sign(Buffer.from(text)),
      createHmac('sha256', secret).update(text).digest('base64url'),
    )
  }
})

test('[E33] a code of another length, or with any bit changed, is rejected', () => {
  const hmac = createHmacState(Buffer.alloc(32, 7), 'sha256')
  const code = Buffer.from(hmac.sign(Buffer.from('text')), 'base64url')
  for (const odd of [Buffer.alloc(0), code.subarray(1), Buffer.concat([code, Buffer.alloc(1)])]) {
    assert.equal(hmac.verify(Buffer.from('text'), odd), false)
  }
  for (let bit = 0; bit < 256; bit++) {
    const changed = Buffer.from(code)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(hmac.verify(Buffer.from('text'), changed), false)
  }
})
