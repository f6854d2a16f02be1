import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from './secret.ts'
import { parseKeyEncryptionKey, seal, encryptedUnder, decrypt } from './encryption.ts'

const random = { bytes: (count: number) => randomBytes(count) }
const keyOf = (bytes: Buffer) => {
  const key = parseKeyEncryptionKey(new Secret(bytes.toString('base64')))
  assert.ok(key)
  return key
}
const key = keyOf(randomBytes(32))
const keys = { current: key, others: [] }
const text = new Secret('the private key')

test('what was sealed opens to the same text, and looks like nothing', () => {
  const sealed = seal(text, key, 'row 1', random)
  assert.equal(decrypt(sealed, keys, 'row 1').reveal(), text.reveal())
  assert.ok(!sealed.includes(Buffer.from(text.reveal()).toString('base64url')))
  assert.notEqual(sealed, seal(text, key, 'row 1', random), 'no two seals are alike')
})

test('another row, another key or any changed character does not open', () => {
  const sealed = seal(text, key, 'row 1', random)
  assert.throws(() => decrypt(sealed, keys, 'row 2'), { code: 'decryption_failed' })
  const foreign = { current: keyOf(randomBytes(32)), others: [keyOf(randomBytes(32))] }
  assert.throws(() => decrypt(sealed, foreign, 'row 1'), { code: 'decryption_failed' })
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    if (
      Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(
        Buffer.from(sealed.split('.')[2] ?? '', 'base64url'),
      ) &&
      changed.startsWith(`v1.${key.id}.`)
    )
      continue // a spare bit of base64
    assert.throws(() => decrypt(changed, keys, 'row 1'), { code: 'decryption_failed' }, String(at))
  }
  for (const odd of ['', 'v1', 'v1..', `v1.${key.id}.AAAA`])
    assert.throws(() => decrypt(odd, keys, 'row 1'), { code: 'decryption_failed' })
})

test('what an earlier key sealed opens while that key is given, and tells which one it was', () => {
  const sealed = seal(text, key, 'row 1', random)
  const next = { current: keyOf(randomBytes(32)), others: [keyOf(randomBytes(32)), key] }
  assert.equal(decrypt(sealed, next, 'row 1').reveal(), text.reveal())
  assert.equal(encryptedUnder(sealed), key.id)
  const reencrypted = seal(text, next.current, 'row 1', random)
  assert.equal(encryptedUnder(reencrypted), next.current.id)
  assert.throws(() => decrypt(reencrypted, keys, 'row 1'), { code: 'decryption_failed' })
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
