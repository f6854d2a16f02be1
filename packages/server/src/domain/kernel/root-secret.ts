import { hkdfSync } from 'node:crypto'
import type { Clock } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { EncryptedSecretTables } from './encrypted-secrets.ts'
import { decrypt, encrypt, type KeyEncryptionKeys } from './encryption.ts'
import type { Random } from './ports.ts'
import { Secret } from './secret.ts'

// These names are inputs of the key derivation: renaming one makes every existing audit log and limit unreadable. So two keep the audit log's former name: 'ledger …'.
const purposes = [
  'ledger entries',
  'ledger checkpoints',
  'unknown names',
  'limits',
  'signing keys',
  'refresh tokens',
  'mail',
  'mail codes',
  'API tokens',
  'device codes',
  'DPoP nonces',
  'TOTP secrets',
  'recovery codes',
  'trusted devices',
  'invitations',
  'federated sign-ins',
] as const

/** The purpose of a key that is derived from the root secret. */
export type KeyPurpose = (typeof purposes)[number]

/** The root secret: 32 random bytes of this server, the same in all its instances. Keys for the server's own use are derived from it. */
export interface RootSecret {
  /** Returns a key of 32 bytes in base64url for one purpose (HKDF with SHA-256, RFC 5869). It reveals nothing of the keys for other purposes. */
  key(purpose: KeyPurpose): Secret
}

/** The dependencies of opening the root secret. */
export interface RootSecretDeps {
  readonly store: EncryptedSecretTables & {
    readonly auditLog: { heads(): Promise<readonly unknown[]> }
  }
  readonly clock: Clock
  readonly random: Random
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

/** The name under which the root secret is stored, encrypted. */
export const rootSecretName = 'root secret'

/** Makes the text of a new root secret. */
export function newRootSecretText(random: Random): Secret {
  return bindingText(new Secret(random.bytes(32).toString('base64')))
}

const bindsKeys = ' binds keys' // after the base64

/** Returns whether every signing key has a MAC under this root secret. If not, the keys are from before there was one. */
export function bindsSigningKeys(text: Secret): boolean {
  return text.reveal().endsWith(bindsKeys)
}

/** Returns the text that says, under encryption, that the signing keys have MACs: a writer of the database cannot take that back. */
export function bindingText(text: Secret): Secret {
  return new Secret(text.reveal() + bindsKeys)
}

/** Derives the keys of a root secret: 32 bytes in base64, with or without the mark of {@link bindingText}. */
export function rootSecret(text: Secret): RootSecret {
  const [base64 = ''] = text.reveal().split(' ')
  const bytes = Buffer.from(base64, 'base64')
  const keys = new Map(purposes.map((purpose) => [purpose, derive(bytes, purpose)]))
  return { key: (purpose) => keys.get(purpose) ?? derive(bytes, purpose) }
}

/**
 * Opens the root secret, and makes it at the very first start. If several processes start at once, the first to write wins and the others read
 * its secret. Fails with `decryption_failed`, also if it was deleted: the audit log is never without it.
 */
export async function openRootSecret({
  store,
  clock,
  random,
  keyEncryptionKeys,
}: RootSecretDeps): Promise<RootSecret> {
  let stored = await store.encryptedSecrets.find(rootSecretName)
  if (stored === undefined && (await store.auditLog.heads()).length > 0) {
    stored = await store.encryptedSecrets.find(rootSecretName) // another process may have just begun
    if (stored === undefined) throw fail('decryption_failed', { detail: missing })
  }
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

const missing =
  'the root secret was deleted from encrypted_secrets; restore it from a backup, or replace all keys with `countersign key reset`'

function derive(bytes: Buffer, purpose: KeyPurpose): Secret {
  const key = hkdfSync('sha256', bytes, '', `countersign ${purpose}`, 32)
  return new Secret(Buffer.from(key).toString('base64url'))
}
