import type { AuditLogTx } from '../audit-log/audit-log.ts'
import type { ActorTx } from '../administration/transaction-as.ts'
import type { ResourceTables } from '../clients/resources.ts'
import type { EncryptedSecretTables, EncryptedTable } from '../kernel/encrypted-secrets.ts'
import type { BoundKey } from './key-mac.ts'

// Keys: the key ring that this server signs with, its rotation on schedule and by hand, and the encryption of its private keys at rest.
// `plan-rotation.ts` decides, without side effects; `change-key-ring.ts` carries the steps out.

/** The table of the issuer's signing keys, private halves encrypted. Change it under the lock `signing_keys`. */
export interface SigningKeys extends EncryptedTable {
  /** Lists all rows in the order in which they sign, also those that this server did not write: use `readKeyRing`. */
  list(): Promise<readonly BoundKey[]>
  add(key: BoundKey): Promise<void>
  /** Writes when a key begins, ends and was revoked, and its MAC. The database refuses a second key of an algorithm without an end. */
  updateTimes(key: BoundKey): Promise<void>
  delete(id: string): Promise<void>
}

/** The table of signing keys, as part of a store. */
export interface SigningKeyTables {
  readonly signingKeys: SigningKeys
}

/** The tables and locks of a transaction in which the key ring is changed. */
export interface KeyRingTx
  extends ActorTx, AuditLogTx, SigningKeyTables, EncryptedSecretTables, ResourceTables {}
