import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { fail } from '../../failures.ts'
import type { Random } from './ports.ts'
import { Secret } from './secret.ts'

// Authenticated encryption of stored secrets: AES-256-GCM, in one framing. `encrypt` and `decrypt` wrap keys under a key-encryption key;
// `encryptBytes` and `decryptBytes` are the framing itself, for a key that the caller derives.

/** The key that encrypts other keys (key wrapping). It comes from the environment or a file, never from the database. */
export interface KeyEncryptionKey {
  /** Names the key and reveals nothing of it. */
  readonly id: string
  readonly secret: Secret
}

/** The key-encryption key in use, and others that may decrypt: the previous one, or the next one. */
export interface KeyEncryptionKeys {
  readonly current: KeyEncryptionKey
  readonly others: readonly KeyEncryptionKey[]
}

const keyBytes = 32 // AES-256
const framingVersion = 1 // the first byte
const ivBytes = 12 // the size that GCM is made for; random, and one key encrypts far fewer values than would make a collision likely
const tagBytes = 16

/** Parses a key-encryption key: 32 bytes in base64 or base64url. Returns `undefined` for anything else. */
export function parseKeyEncryptionKey(secret: Secret): KeyEncryptionKey | undefined {
  const text = secret.reveal().trim()
  const bytes = Buffer.from(text, 'base64')
  if (!/^[\w+/-]{43}=?$/.test(text) || bytes.length !== keyBytes) return undefined
  const id = createHash('sha256').update('countersign key-encryption key').update(bytes)
  return { id: id.digest('base64url').slice(0, 11), secret: new Secret(text) }
}

/**
 * Encrypts text under a key-encryption key. `context` is authenticated with it: a ciphertext that was moved to another row does not decrypt.
 * The result is `v2.<key id>.<framed bytes in base64url>`.
 */
export function encrypt(
  text: Secret,
  key: KeyEncryptionKey,
  context: string,
  random: Random,
): string {
  const framed = encryptBytes(text, Buffer.from(key.secret.reveal(), 'base64'), context, random)
  return ['v2', key.id, framed.toString('base64url')].join('.')
}

/** Returns the id of the key-encryption key that a value was encrypted under. */
export function encryptedUnder(ciphertext: string): string | undefined {
  return ciphertext.split('.')[1]
}

/**
 * Decrypts what {@link encrypt} returned. Also reads `v1`, the format before: its bytes have no version byte, and databases hold it until their
 * keys are rotated. Fails with `decryption_failed` for an unknown key, another context or a changed byte.
 */
export function decrypt(ciphertext: string, keys: KeyEncryptionKeys, context: string): Secret {
  const [version, keyId, packed = ''] = ciphertext.split('.')
  const bytes = Buffer.from(packed, 'base64url')
  const framed = version === 'v1' ? withVersion(bytes) : version === 'v2' ? bytes : undefined
  if (!framed || !isFramed(framed)) throw fail('decryption_failed', { detail: 'it is damaged' })
  const given = [keys.current, ...keys.others]
  const key = given.find(({ id }) => id === keyId)
  if (!key) {
    const names = given.map(({ id }) => id).join(', ')
    throw fail('decryption_failed', {
      detail: `it was encrypted under the key-encryption key ${keyId}, and the settings give ${names}; add that key to keys.previous_encryption_keys`,
    })
  }
  try {
    return decryptBytes(framed, Buffer.from(key.secret.reveal(), 'base64'), context)
  } catch (cause) {
    throw fail('decryption_failed', { detail: 'it was changed since it was encrypted', cause })
  }
}

/** Encrypts text with AES-256-GCM. The result is the version byte, the IV, the encrypted text and the tag; `context` is authenticated. */
export function encryptBytes(text: Secret, key: Buffer, context: string, random: Random): Buffer {
  const iv = random.bytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(text.reveal(), 'utf8'), cipher.final()])
  return withVersion(Buffer.concat([iv, body, cipher.getAuthTag()]))
}

/** Decrypts what {@link encryptBytes} returned. Throws for another key, another context, a changed byte or an unknown version. */
export function decryptBytes(framed: Buffer, key: Buffer, context: string): Secret {
  if (!isFramed(framed)) throw new Error('the encrypted bytes are damaged')
  const bytes = framed.subarray(1)
  const iv = bytes.subarray(0, ivBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  const body = bytes.subarray(ivBytes, -tagBytes)
  return new Secret(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8'))
}

/** Adds the version byte to bytes that were encrypted before there was one. */
export function withVersion(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(framingVersion), bytes])
}

function isFramed(framed: Buffer): boolean {
  return framed[0] === framingVersion && framed.length >= 1 + ivBytes + tagBytes
}
