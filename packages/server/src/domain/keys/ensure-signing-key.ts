import { recordEvents, type Recording } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { introductionOf } from './change-key-ring.ts'
import { makeSigningKey } from './make-signing-key.ts'

/**
 * Makes the issuer's first signing key unless there is one. However many processes start at once, one key is made: the
 * look and the write are one transaction, under a lock.
 */
export async function ensureSigningKey(
  runtime: Pick<Runtime, 'store' | 'policies' | 'keyEncryptionKeys'> & Recording,
): Promise<void> {
  const { store, clock } = runtime
  if ((await store.signingKeys.list()).length > 0) return
  const now = clock.now()
  const times = { createdAt: now, activatedAt: now, retiredAt: null, withdrawnAt: null }
  const first = { ...makeSigningKey(runtime), ...times }
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    if ((await tx.signingKeys.list()).length > 0) return
    await tx.signingKeys.add(first)
    await recordEvents(runtime, tx, introductionOf(first))
  })
}
