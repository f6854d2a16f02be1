import {
  exportPrivateJwk,
  exportPublicJwk,
  generateKey,
  type PublicAlgorithm,
} from '@countersign/token'
import { recordEvents } from '../ledger/record-event.ts'
import type { Runtime } from '../runtime.ts'
import { Secret } from '../secret.ts'
import { seal, type KeyEncryptionKey } from './seal.ts'
import type { StoredSigningKey } from './signing-key.ts'

/**
 * Makes the issuer's first signing key unless there is one. However many processes start at once, one key is made: the
 * look and the write are one transaction, under a lock.
 */
export async function ensureSigningKey(
  { store, clock, random, root }: Pick<Runtime, 'store' | 'clock' | 'random' | 'root'>,
  algorithm: PublicAlgorithm,
  keyEncryptionKey: KeyEncryptionKey,
): Promise<void> {
  if (await store.signingKeys.findActive()) return
  const key = generateKey(algorithm)
  const text = new Secret(JSON.stringify(exportPrivateJwk(key)))
  const now = clock.now()
  const stored: StoredSigningKey = {
    id: key.id,
    algorithm,
    publicJwk: exportPublicJwk(key),
    sealed: seal(text, keyEncryptionKey, key.id, random),
    createdAt: now,
    activatedAt: now,
    retiredAt: null,
  }
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    if (await tx.signingKeys.findActive()) return
    await tx.signingKeys.add(stored)
    await recordEvents(
      { clock, random, root },
      tx,
      { type: 'key_introduced', facts: { key: key.id, algorithm } },
      { type: 'key_activated', facts: { key: key.id } },
    )
  })
}
