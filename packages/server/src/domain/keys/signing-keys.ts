import type { EncryptedTable } from '../kernel/encrypted-secrets.ts'
import type { Ring, StoredSigningKey } from './signing-key.ts'

/** The issuer's signing keys, private parts sealed. Change them under the lock of the same name. */
export interface SigningKeys extends EncryptedTable {
  /** All that are remembered, in the order in which they sign. */
  list(): Promise<Ring>
  add(key: StoredSigningKey): Promise<void>
  /** Writes when it begins, ends and was withdrawn. The database refuses a second key without an end. */
  updateTimes(key: StoredSigningKey): Promise<void>
  delete(id: string): Promise<void>
}
