import { exportPrivateJwk, exportPublicJwk, generateKey } from '@countersign/token'
import type { PublicAlgorithm } from '@countersign/token/internal'
import { encrypt, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import type { Random } from '../kernel/ports.ts'
import { Secret } from '../kernel/secret.ts'
import type { EncryptedKey } from './signing-key.ts'

/** The dependencies of {@link makeSigningKey}. */
export interface MakeKeyDeps {
  readonly random: Random
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

/** Makes a key and encrypts its private half at once. An RSA key takes a while. */
export function makeSigningKey(
  { random, keyEncryptionKeys }: MakeKeyDeps,
  algorithm: PublicAlgorithm,
): EncryptedKey {
  const key = generateKey(algorithm)
  const text = new Secret(JSON.stringify(exportPrivateJwk(key)))
  return {
    id: key.id,
    algorithm,
    publicJwk: exportPublicJwk(key),
    encrypted: encrypt(text, keyEncryptionKeys.current, key.id, random),
  }
}
