import { array, assert as check, integer, property, string, uint8Array } from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64url, encodeBase64url } from './base64url.ts'

test('encoded bytes decode to the same bytes', () => {
  check(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), Buffer.from(bytes))
    }),
  )
})

test('bytes have exactly one spelling: any text that decodes is encoded to the same text', () => {
  const sextets = array(integer({ min: 0, max: 63 }), { maxLength: 40 })
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  check(
    property(sextets, (values) => {
      const text = values.map((value) => alphabet[value]).join('')
      const bytes = decodeBase64url(text)
      if (bytes) assert.equal(encodeBase64url(bytes), text)
    }),
  )
})

test('text with a character outside of the alphabet is rejected', () => {
  check(
    property(string({ unit: 'binary', minLength: 1 }), (text) => {
      if (!/^[\w-]*$/.test(text)) assert.equal(decodeBase64url(text), undefined)
    }),
  )
})

test('[C17] every other spelling is rejected: padding, blanks, + and /, spare bits, characters beyond ASCII', () => {
  const refused = [
    'AA==',
    'AAA=',
    'AA ',
    ' AA',
    'A A',
    'AA\n',
    'AA+A',
    'AA/A',
    'AAA.',
    'A',
    'AAAAA',
    'AB',
    'AAB',
  ]
  const masked = ['\u0141AAA', 'A\u00c1AA', 'AAA\u0141', 'A\u0141', '\u2041AA'] // their low bits are those of A
  for (const text of [...refused, ...masked]) assert.equal(decodeBase64url(text), undefined, text)
})

test('the empty text is the encoding of no bytes', () => {
  assert.deepEqual(decodeBase64url(''), Buffer.alloc(0))
  assert.equal(encodeBase64url(''), '')
})
