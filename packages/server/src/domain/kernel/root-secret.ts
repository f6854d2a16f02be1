import { hkdfSync } from 'node:crypto'
import type { Clock } from '@countersign/token'
import type { EncryptedSecretTables } from './encrypted-secrets.ts'
import { decrypt, encrypt, type KeyEncryptionKeys } from './encryption.ts'
import type { Random } from './ports.ts'
import { Secret } from './secret.ts'

// These names are inputs of the key derivation: renaming one makes every existing audit log and limit unreadable. So two keep the audit log's former name: 'ledger …'.
const purposes = ['ledger entries', 'ledger checkpoints', 'unknown names', 'limits'] as const

/** The purpose of a key that is derived from the root secret. */
export type KeyPurpose = (typeof purposes)[number]

/** The root secret: 32 random bytes of this server, the same in all its instances. Keys for the server's own use are derived from it. */
export interface RootSecret {
  /** Returns a key of 32 bytes in base64url for one purpose (HKDF with SHA-256, RFC 5869). It reveals nothing of the keys for other purposes. */
  key(purpose: KeyPurpose): Secret
}

/** What opening the root secret needs. */
export interface RootSecretDeps {
  readonly store: EncryptedSecretTables
  readonly clock: Clock
  readonly random: Random
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

/** The name under which the root secret is stored, encrypted. */
export const rootSecretName = 'root secret'

/** Makes the text of a new root secret, in base64. */
export function newRootSecretText(random: Random): Secret {
  return new Secret(random.bytes(32).toString('base64'))
}

/** Derives the keys of a root secret in base64. */
export function rootSecret(text: Secret): RootSecret {
  const bytes = Buffer.from(text.reveal(), 'base64')
  const keys = new Map(purposes.map((purpose) => [purpose, derive(bytes, purpose)]))
  return { key: (purpose) => keys.get(purpose) ?? derive(bytes, purpose) }
}

/**
 * Opens the root secret, and makes it at the very first start. If several processes start at once, the first to write wins and the others read
 * its secret. Fails with `decryption_failed`.
 */
export async function openRootSecret({
  store,
  clock,
  random,
  keyEncryptionKeys,
}: RootSecretDeps): Promise<RootSecret> {
  let stored = await store.encryptedSecrets.find(rootSecretName)
  if (stored === undefined) {
    const made = encrypt(
      newRootSecretText(random),
      keyEncryptionKeys.current,
      rootSecretName,
      random,
    )
    await store.encryptedSecrets.add(rootSecretName, made, clock.now())
    stored = (await store.encryptedSecrets.find(rootSecretName)) ?? made
  }
  return rootSecret(decrypt(stored, keyEncryptionKeys, rootSecretName))
}

function derive(bytes: Buffer, purpose: KeyPurpose): Secret {
  const key = hkdfSync('sha256', bytes, '', `countersign ${purpose}`, 32)
  return new Secret(Buffer.from(key).toString('base64url'))
}
