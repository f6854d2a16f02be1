import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { fail } from '../../failures.ts'
import type { Random } from './ports.ts'
import { Secret } from './secret.ts'

/** The key that seals the others. Comes from the environment or a file, never from the database. */
export interface KeyEncryptionKey {
  /** Names the key without telling anything of it. */
  readonly id: string
  readonly secret: Secret
}

/** What is sealed with from now on, and what else may open: the key before it, or the one that comes next. */
export interface KeyEncryptionKeys {
  readonly current: KeyEncryptionKey
  readonly others: readonly KeyEncryptionKey[]
}

const keyBytes = 32 // AES-256
const ivBytes = 12 // GCM's own size; random, and a ring holds far fewer keys than would make two alike
const tagBytes = 16

/** Names a key-encryption key: 32 bytes in base64 or base64url. Returns `undefined` for anything else. */
export function parseKeyEncryptionKey(secret: Secret): KeyEncryptionKey | undefined {
  const text = secret.reveal().trim()
  const bytes = Buffer.from(text, 'base64')
  if (!/^[\w+/-]{43}=?$/.test(text) || bytes.length !== keyBytes) return undefined
  const id = createHash('sha256').update('countersign key-encryption key').update(bytes)
  return { id: id.digest('base64url').slice(0, 11), secret: new Secret(text) }
}

/** Seals text (AES-256-GCM). `context` is bound in: sealed text moved to another row does not open. */
export function seal(text: Secret, key: KeyEncryptionKey, context: string, random: Random): string {
  const iv = random.bytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.secret.reveal(), 'base64'), iv)
  cipher.setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(text.reveal(), 'utf8'), cipher.final()])
  return ['v1', key.id, Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')].join(
    '.',
  )
}

/** The id of the key that something was sealed under. */
export function encryptedUnder(sealed: string): string | undefined {
  return sealed.split('.')[1]
}

/** Opens what {@link seal} made. Fails with `decryption_failed` for an unknown key, another context or a changed byte. */
export function decrypt(sealed: string, keys: KeyEncryptionKeys, context: string): Secret {
  const [version, keyId, packed = ''] = sealed.split('.')
  const bytes = Buffer.from(packed, 'base64url')
  if (version !== 'v1' || bytes.length < ivBytes + tagBytes)
    throw fail('decryption_failed', { detail: 'it is damaged' })
  const given = [keys.current, ...keys.others]
  const key = given.find(({ id }) => id === keyId)
  if (!key) {
    const names = given.map(({ id }) => id).join(', ')
    throw fail('decryption_failed', {
      detail: `it was sealed under the key-encryption key ${keyId}, and given are ${names}; give that one in keys.previous_encryption_keys`,
    })
  }
  const secret = Buffer.from(key.secret.reveal(), 'base64')
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    const text = Buffer.concat([
      decipher.update(bytes.subarray(ivBytes, -tagBytes)),
      decipher.final(),
    ])
    return new Secret(text.toString('utf8'))
  } catch (cause) {
    throw fail('decryption_failed', { detail: 'it was changed since it was sealed', cause })
  }
}
