import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from './secret.ts'
import {
  decrypt,
  decryptBytes,
  encrypt,
  encryptBytes,
  encryptedUnder,
  parseKeyEncryptionKey,
} from './encryption.ts'

const random = { bytes: (count: number) => randomBytes(count) }
const keyOf = (bytes: Buffer) => {
  const key = parseKeyEncryptionKey(new Secret(bytes.toString('base64')))
  assert.ok(key)
  return key
}
const key = keyOf(randomBytes(32))
const keys = { current: key, others: [] }
const text = new Secret('the private key')

test('an encrypted text decrypts to the same text, and does not contain it', () => {
  const ciphertext = encrypt(text, key, 'row 1', random)
  assert.equal(decrypt(ciphertext, keys, 'row 1').reveal(), text.reveal())
  assert.ok(!ciphertext.includes(Buffer.from(text.reveal()).toString('base64url')))
  assert.notEqual(ciphertext, encrypt(text, key, 'row 1', random), 'no two are alike')
})

test('another row, another key or any changed character does not decrypt', () => {
  const ciphertext = encrypt(text, key, 'row 1', random)
  assert.throws(() => decrypt(ciphertext, keys, 'row 2'), { code: 'decryption_failed' })
  const foreign = { current: keyOf(randomBytes(32)), others: [keyOf(randomBytes(32))] }
  assert.throws(() => decrypt(ciphertext, foreign, 'row 1'), { code: 'decryption_failed' })
  for (let at = 0; at < ciphertext.length; at++) {
    const letter = ciphertext[at] === 'A' ? 'B' : 'A'
    const changed = ciphertext.slice(0, at) + letter + ciphertext.slice(at + 1)
    if (
      Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(
        Buffer.from(ciphertext.split('.')[2] ?? '', 'base64url'),
      ) &&
      changed.startsWith(`v2.${key.id}.`)
    )
      continue // a spare bit of base64
    assert.throws(() => decrypt(changed, keys, 'row 1'), { code: 'decryption_failed' }, String(at))
  }
  for (const odd of ['', 'v1', 'v1..', `v1.${key.id}.AAAA`, `v2.${key.id}.AQAA`, `v2.${key.id}.`])
    assert.throws(() => decrypt(odd, keys, 'row 1'), { code: 'decryption_failed' })
})

test('the format before, without a version byte, still decrypts', () => {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.secret.reveal(), 'base64'), iv)
  cipher.setAAD(Buffer.from('row 1'))
  const body = Buffer.concat([cipher.update(text.reveal(), 'utf8'), cipher.final()])
  const bytes = Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')
  assert.equal(decrypt(`v1.${key.id}.${bytes}`, keys, 'row 1').reveal(), text.reveal())
  assert.throws(() => decrypt(`v2.${key.id}.${bytes}`, keys, 'row 1'), {
    code: 'decryption_failed',
  })
})

test('a ciphertext under an earlier key decrypts while that key is given, and names it', () => {
  const ciphertext = encrypt(text, key, 'row 1', random)
  const next = { current: keyOf(randomBytes(32)), others: [keyOf(randomBytes(32)), key] }
  assert.equal(decrypt(ciphertext, next, 'row 1').reveal(), text.reveal())
  assert.equal(encryptedUnder(ciphertext), key.id)
  const reencrypted = encrypt(text, next.current, 'row 1', random)
  assert.equal(encryptedUnder(reencrypted), next.current.id)
  assert.throws(() => decrypt(reencrypted, keys, 'row 1'), { code: 'decryption_failed' })
})

test('the framing begins with its version, and refuses another version, key or context', () => {
  const own = randomBytes(32)
  const framed = encryptBytes(text, own, 'context', random)
  assert.equal(framed[0], 1)
  assert.equal(decryptBytes(framed, own, 'context').reveal(), text.reveal())
  assert.throws(() => decryptBytes(framed, randomBytes(32), 'context'))
  assert.throws(() => decryptBytes(framed, own, 'another context'))
  assert.throws(() => decryptBytes(Buffer.from([2, ...framed.subarray(1)]), own, 'context'))
  assert.throws(() => decryptBytes(framed.subarray(0, 20), own, 'context'))
})

test('a key-encryption key is 32 bytes in base64 or base64url, and nothing else', () => {
  const bytes = randomBytes(32)
  const ids = [
    bytes.toString('base64'),
    bytes.toString('base64url'),
    `${bytes.toString('base64')}\n`,
  ].map((one) => parseKeyEncryptionKey(new Secret(one))?.id)
  assert.equal(new Set(ids).size, 1)
  for (const odd of [
    '',
    'x',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    randomBytes(32).toString('hex'),
    'é'.repeat(43),
  ]) {
    assert.equal(parseKeyEncryptionKey(new Secret(odd)), undefined, odd)
  }
})
