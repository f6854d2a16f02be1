import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import type { Tables } from '../store.ts'
import type { EncryptedTable } from '../kernel/encrypted-secrets.ts'
import { seal, encryptedUnder, decrypt } from '../kernel/encryption.ts'

/** Every table with something sealed in it. A new one is one more here. */
export const encryptedTables = ({
  signingKeys,
  encryptedSecrets,
}: Pick<Tables, 'signingKeys' | 'encryptedSecrets'>): readonly EncryptedTable[] => [
  signingKeys,
  encryptedSecrets,
]

/** What became of everything that is sealed. */
export interface Reencrypted {
  /** How many things were brought under the current key-encryption key. */
  readonly reencrypted: number
  /** The ids of key-encryption keys that are missing: what they sealed stays as it is. */
  readonly missing: readonly string[]
}

/**
 * Brings all that is sealed under the current key-encryption key, so that the ones before it can go. Servers go on meanwhile: what
 * they opened stays open. Each thing is written alone, where it is still what was read; what somebody changed in between is left
 * to the next time. Fails with `key_unsealable` for what is damaged.
 */
export async function reencrypt(
  runtime: Pick<Runtime, 'store' | 'keyEncryptionKeys'> & Recording,
): Promise<Reencrypted> {
  const { store, random, keyEncryptionKeys } = runtime
  const { current, others } = keyEncryptionKeys
  const given = new Set(others.map(({ id }) => id))
  const missing = new Set<string>()
  let reencrypted = 0
  for (const table of encryptedTables(store)) {
    for (const thing of await table.listEncrypted()) {
      const under = encryptedUnder(thing.sealed) ?? ''
      if (under === current.id) continue
      if (given.has(under)) {
        const text = decrypt(thing.sealed, keyEncryptionKeys, thing.context)
        const next = seal(text, current, thing.context, random)
        if (await table.replaceEncrypted(thing, next)) reencrypted++
      } else missing.add(under)
    }
  }
  if (reencrypted > 0) {
    const told = { type: 'keys_resealed', facts: { count: reencrypted } } as const
    await store.transaction((tx) => recordEvents(runtime, tx, told))
  }
  return { reencrypted, missing: [...missing] }
}
