import { recordEvents, type Recording } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import type { Tables } from '../store.ts'
import type { SealedThings } from './sealed-secrets.ts'
import { seal, sealedUnder, unseal } from './seal.ts'

/** Every table with something sealed in it. A new one is one more here. */
export const sealedTables = ({
  signingKeys,
  sealedSecrets,
}: Pick<Tables, 'signingKeys' | 'sealedSecrets'>): readonly SealedThings[] => [
  signingKeys,
  sealedSecrets,
]

/** What became of everything that is sealed. */
export interface Resealed {
  /** How many things were brought under the current key-encryption key. */
  readonly resealed: number
  /** The ids of key-encryption keys that are missing: what they sealed stays as it is. */
  readonly missing: readonly string[]
}

/**
 * Brings all that is sealed under the current key-encryption key, so that the ones before it can go. Servers go on meanwhile: what
 * they opened stays open. Each thing is written alone, where it is still what was read; what somebody changed in between is left
 * to the next time. Fails with `key_unsealable` for what is damaged.
 */
export async function reseal(
  runtime: Pick<Runtime, 'store' | 'keyEncryptionKeys'> & Recording,
): Promise<Resealed> {
  const { store, random, keyEncryptionKeys } = runtime
  const { current, others } = keyEncryptionKeys
  const given = new Set(others.map(({ id }) => id))
  const missing = new Set<string>()
  let resealed = 0
  for (const table of sealedTables(store)) {
    for (const thing of await table.listSealed()) {
      const under = sealedUnder(thing.sealed) ?? ''
      if (under === current.id) continue
      if (given.has(under)) {
        const text = unseal(thing.sealed, keyEncryptionKeys, thing.context)
        const next = seal(text, current, thing.context, random)
        if (await table.replaceSealed(thing, next)) resealed++
      } else missing.add(under)
    }
  }
  if (resealed > 0) {
    const told = { type: 'keys_resealed', facts: { count: resealed } } as const
    await store.transaction((tx) => recordEvents(runtime, tx, told))
  }
  return { resealed, missing: [...missing] }
}
