import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { EncryptedSecretTables, EncryptedTable } from '../kernel/encrypted-secrets.ts'
import { decrypt, encrypt, encryptedUnder, type KeyEncryptionKeys } from '../kernel/encryption.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { SigningKeyTables } from './signing-keys.ts'

/** Lists every table with encrypted values. Add a new one here. */
export const encryptedTables = ({
  signingKeys,
  encryptedSecrets,
}: SigningKeyTables & EncryptedSecretTables): readonly EncryptedTable[] => [
  signingKeys,
  encryptedSecrets,
]

/** The outcome of a re-encryption. */
export interface Reencrypted {
  /** The number of values that were brought under the current key-encryption key. */
  readonly reencrypted: number
  /** The ids of key-encryption keys that are not in the settings: values under them stay as they are. */
  readonly missing: readonly string[]
}

/** The dependencies of {@link reencrypt}. */
export interface ReencryptDeps extends RecordDeps {
  readonly store: Transactions<AuditLogTx> & SigningKeyTables & EncryptedSecretTables
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

/**
 * Re-encrypts every encrypted value under the current key-encryption key, so that previous ones can be removed from the settings. Servers go on
 * meanwhile: keys they have in memory stay usable. Each value is written separately, if it is still the one that was read; one that was changed
 * in between is left to the next run. Fails with `decryption_failed` for a damaged value.
 */
export async function reencrypt(deps: ReencryptDeps): Promise<Reencrypted> {
  const { store, random, keyEncryptionKeys } = deps
  const { current, others } = keyEncryptionKeys
  const given = new Set(others.map(({ id }) => id))
  const missing = new Set<string>()
  let reencrypted = 0
  for (const table of encryptedTables(store)) {
    for (const item of await table.listEncrypted()) {
      const under = encryptedUnder(item.encrypted) ?? ''
      if (under === current.id) continue
      if (given.has(under)) {
        const text = decrypt(item.encrypted, keyEncryptionKeys, item.context)
        const next = encrypt(text, current, item.context, random)
        if (await table.replaceEncrypted(item, next)) reencrypted++
      } else missing.add(under)
    }
  }
  if (reencrypted > 0) {
    const event = { type: 'keys_reencrypted', facts: { count: reencrypted } } as const
    await store.transaction((tx) => recordEvents(deps, tx, event))
  }
  return { reencrypted, missing: [...missing] }
}
