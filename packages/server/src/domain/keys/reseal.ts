import type { Runtime } from '../runtime.ts'
import type { SealedThing, SealedThings, Tables } from '../store.ts'
import { seal, sealedUnder, unseal } from './seal.ts'

/** Every table with something sealed in it. A new one is one more here. */
const sealedTables = ({ signingKeys }: Tables): readonly SealedThings[] => [signingKeys]

/** What became of everything that is sealed. */
export interface Resealed {
  /** How many things were brought under the current key-encryption key. */
  readonly resealed: number
  /** The ids of key-encryption keys that are missing: what they sealed stays as it is. */
  readonly missing: readonly string[]
}

/**
 * Brings all that is sealed under the current key-encryption key, so that the ones before it can go. Servers go on meanwhile: what
 * they opened stays open, and what somebody changed in between is left to the next time. Fails with `key_unsealable` for
 * what is damaged.
 */
export async function reseal({
  store,
  random,
  keyEncryptionKeys,
}: Pick<Runtime, 'store' | 'random' | 'keyEncryptionKeys'>): Promise<Resealed> {
  const { current, others } = keyEncryptionKeys
  const given = new Set([current, ...others].map(({ id }) => id))
  const missing = new Set<string>()
  const renew = ({ context, sealed }: SealedThing) => {
    const under = sealedUnder(sealed) ?? ''
    if (under === current.id) return undefined
    if (given.has(under))
      return seal(unseal(sealed, keyEncryptionKeys, context), current, context, random)
    missing.add(under)
    return undefined
  }
  const resealed = await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    let count = 0
    for (const table of sealedTables(tx))
      for (const thing of await table.listSealed()) {
        const next = renew(thing)
        if (next !== undefined && (await table.replaceSealed(thing, next))) count++
      }
    return count
  })
  return { resealed, missing: [...missing] }
}
