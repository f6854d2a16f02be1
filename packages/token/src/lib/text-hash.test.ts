import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { checksum, sha256 } from './text-hash.ts'

test('a checksum is the CRC-32 of the platform, in six digits of base62', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  for (const text of ['', 'a', '123456789', 'x'.repeat(43), '-_09AZaz'.repeat(5)]) {
    const digits = checksum(text)
    assert.match(digits, /^[0-9A-Za-z]{6}$/)
    assert.equal(
      [...digits].reduce((sum, one) => sum * 62 + alphabet.indexOf(one), 0),
      crc32(text),
    )
  }
  assert.equal(checksum(''), '000000')
})

test('a changed character or two swapped ones change the checksum', () => {
  const text = 'Zk3x0uQf7yW1sTgHqLr8vBnMcPdEaIjKo2XUeYiRt4w'
  for (let at = 0; at < text.length; at++) {
    const other = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`
    assert.notEqual(checksum(other), checksum(text))
  }
  assert.notEqual(checksum(`kZ${text.slice(2)}`), checksum(text))
})

test('SHA-256 in base64url, as published', () => {
  assert.equal(sha256('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0') // FIPS 180-2, appendix B.1
})
