import { exportPublicJwk, importPrivateKey, type PrivateJwk } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { isDeepStrictEqual } from 'node:util'
import type { EncryptedSecretTables } from '../kernel/encrypted-secrets.ts'
import { decrypt, encrypt, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import { bindingText, bindsSigningKeys, rootSecretName as context } from '../kernel/root-secret.ts'
import { bindKey } from './key-mac.ts'
import type { KeyRingDeps } from './change-key-ring.ts'
import { stateOf, type StoredSigningKey } from './signing-key.ts'

/** The dependencies of {@link bindKeyRing}. */
export interface BindDeps extends Omit<KeyRingDeps, 'log' | 'policies'> {
  readonly store: KeyRingDeps['store'] & EncryptedSecretTables
}

/**
 * Gives the keys of a database from before there were MACs theirs, once: the root secret says under its encryption that it was done. Only keys
 * whose private half this server encrypted get one, and keys that are retired and verify nothing.
 */
export async function bindKeyRing(deps: BindDeps): Promise<void> {
  const { store, clock, random, root, keyEncryptionKeys } = deps
  const encrypted = await store.encryptedSecrets.find(context)
  if (encrypted === undefined) return
  const text = decrypt(encrypted, keyEncryptionKeys, context)
  if (bindsSigningKeys(text)) return
  const now = clock.now()
  const next = encrypt(bindingText(text), keyEncryptionKeys.current, context, random)
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    if (!(await tx.encryptedSecrets.replaceEncrypted({ context, encrypted }, next))) return // another process did it
    for (const { key } of await tx.signingKeys.list())
      if (isOurs(key, keyEncryptionKeys, now)) await tx.signingKeys.updateTimes(bindKey(root, key))
  })
}

function isOurs(key: StoredSigningKey, keys: KeyEncryptionKeys, now: Seconds): boolean {
  if (key.encrypted === '') return stateOf(key, now) === 'retired'
  try {
    const jwk = JSON.parse(decrypt(key.encrypted, keys, key.id).reveal()) as PrivateJwk // importPrivateKey checks it
    return isDeepStrictEqual(exportPublicJwk(importPrivateKey(jwk, key.algorithm)), key.publicJwk)
  } catch {
    return false
  }
}
