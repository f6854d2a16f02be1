import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { StoredSigningKey } from './signing-key.ts'

/**
 * A key as the database has it. Not to be trusted before {@link isBound} has checked its MAC: a writer of the database without the
 * key-encryption key can make any row.
 */
export interface BoundKey {
  readonly key: StoredSigningKey
  /** The MAC of the key in base64url; null in rows from before there was one. */
  readonly mac: string | null
}

/** Binds a key to the root secret: its id, algorithm, public half, times and revocation. The private half is bound by its encryption. Pure. */
export function bindKey(root: RootSecret, key: StoredSigningKey): BoundKey {
  return { key, mac: macOf(root, key).toString('base64url') }
}

/** Returns whether this server wrote a key as it is now. Pure. */
export function isBound(root: RootSecret, { key, mac }: BoundKey): boolean {
  const expected = macOf(root, key)
  const given = Buffer.from(mac ?? '', 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** JSON of a list of fixed length has one reading, so no two keys have the same bytes. */
function macOf(root: RootSecret, key: StoredSigningKey): Buffer {
  const { id, algorithm, publicJwk, createdAt, activatedAt, retiredAt, revokedAt } = key
  const times = [createdAt, activatedAt, retiredAt, revokedAt]
  const bytes = JSON.stringify([id, algorithm, JSON.stringify(publicJwk), ...times])
  const mac = createHmac('sha256', Buffer.from(root.key('signing keys').reveal(), 'base64url'))
  return mac.update(bytes).digest()
}
