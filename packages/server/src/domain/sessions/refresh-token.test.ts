import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { rootSecret } from '../kernel/root-secret.ts'
import { Secret, hashOf } from '../kernel/secret.ts'
import {
  isSuccessor,
  newRefreshToken,
  newSuccessor,
  decryptSuccessor,
  readRefreshToken,
  encryptSuccessor,
  writeRefreshToken,
} from './refresh-token.ts'

const random = { bytes: (count: number) => randomBytes(count) }
const root = rootSecret(new Secret(randomBytes(32).toString('base64')))
const textOf = (token = newRefreshToken(random)) => writeRefreshToken(token).reveal()

test('a token is parsed as it was written, and its two parts reveal nothing of each other', () => {
  const token = newRefreshToken(random)
  const read = readRefreshToken(writeRefreshToken(token))
  assert.equal(read?.handle.reveal(), token.handle.reveal())
  assert.equal(read?.secret.reveal(), token.secret.reveal())
  assert.match(textOf(token), /^csrt_[\w-]{71}$/)
  assert.notEqual(hashOf(token.handle), hashOf(token.secret))
})

test('the next token of a session has its handle and another secret', () => {
  const first = newRefreshToken(random)
  const next = newSuccessor({ random, root }, first)
  assert.equal(next.handle.reveal(), first.handle.reveal())
  assert.notEqual(next.secret.reveal(), first.secret.reveal())
})

test('[18.11] a successor is recognized by its root secret, handle and predecessor, and nothing else is one', () => {
  const first = newRefreshToken(random)
  const next = newSuccessor({ random, root }, first)
  const of = hashOf(first.secret)
  assert.equal(isSuccessor(root, next, of), true)
  const other = rootSecret(new Secret(randomBytes(32).toString('base64')))
  assert.equal(isSuccessor(other, next, of), false, 'another root secret')
  assert.equal(isSuccessor(root, next, hashOf(next.secret)), false, 'another predecessor')
  const elsewhere = { ...next, handle: newRefreshToken(random).handle }
  assert.equal(isSuccessor(root, elsewhere, of), false, 'another session')
  assert.equal(isSuccessor(root, first, of), false, 'the first token of a session')
  const bytes = Buffer.from(next.secret.reveal(), 'base64url')
  for (let bit = 0; bit < 256; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    const secret = new Secret(changed.toString('base64url'))
    assert.equal(isSuccessor(root, { ...next, secret }, of), false, `bit ${bit}`)
  }
  const spare = String.fromCharCode(next.secret.reveal().charCodeAt(42) + 1) // two bits of the last character are not used
  const respelled = new Secret(next.secret.reveal().slice(0, 42) + spare)
  assert.equal(isSuccessor(root, { ...next, secret: respelled }, of), false, 'another spelling')
})

test('a token with any one character changed, added or lost is no token, so that no damage ends a session', () => {
  const text = textOf()
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, piece) => {
      const changed = text.slice(0, at) + piece + text.slice(at + 1)
      fc.pre(changed !== text)
      assert.equal(readRefreshToken(new Secret(changed)), undefined)
    }),
    { numRuns: 2000 },
  )
  for (const odd of ['', 'csrt_', text.toUpperCase(), ` ${text}`, `${text}\n`, text + text])
    assert.equal(readRefreshToken(new Secret(odd)), undefined)
})

test('an encrypted successor decrypts under the token that it was encrypted under, and under no other', () => {
  const [first, other] = [newRefreshToken(random), newRefreshToken(random)]
  const next = newSuccessor({ random, root }, first)
  const encrypted = encryptSuccessor(first, next, random)
  assert.equal(decryptSuccessor(first, encrypted).secret.reveal(), next.secret.reveal())
  assert.ok(!encrypted.includes(next.secret.reveal()))
  assert.throws(() => decryptSuccessor(other, encrypted))
  assert.throws(() => decryptSuccessor({ ...first, handle: other.handle }, encrypted))
  assert.throws(() => decryptSuccessor(next, encrypted))
})

test('a successor that was encrypted before the framing had a version byte is still read', () => {
  const [of, next] = [newRefreshToken(random), newRefreshToken(random)]
  const framed = Buffer.from(encryptSuccessor(of, next, random), 'base64url')
  const earlier = framed.subarray(1).toString('base64url')
  assert.equal(decryptSuccessor(of, earlier).secret.reveal(), next.secret.reveal())
  assert.throws(() => decryptSuccessor(next, earlier))
})
