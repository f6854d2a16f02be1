import { exportPrivateJwk, exportPublicJwk, generateKey } from '@countersign/token'
import type { Runtime } from '../../runtime.ts'
import { Secret } from '../kernel/secret.ts'
import { seal } from '../kernel/encryption.ts'
import type { EncryptedKey } from './signing-key.ts'

/** Makes a key of the algorithm that the settings name; its private half is sealed at once. An RSA key takes a while. */
export function makeSigningKey({
  random,
  policies,
  keyEncryptionKeys,
}: Pick<Runtime, 'random' | 'policies' | 'keyEncryptionKeys'>): EncryptedKey {
  const { algorithm } = policies.keys
  const key = generateKey(algorithm)
  const text = new Secret(JSON.stringify(exportPrivateJwk(key)))
  return {
    id: key.id,
    algorithm,
    publicJwk: exportPublicJwk(key),
    sealed: seal(text, keyEncryptionKeys.current, key.id, random),
  }
}
