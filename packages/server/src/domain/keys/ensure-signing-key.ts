import { recordEvents } from '../audit-log/record-event.ts'
import { introductionOf, type KeyRingDeps } from './change-key-ring.ts'
import { makeSigningKey } from './make-signing-key.ts'

/**
 * Makes the issuer's first signing key unless there is one. If several processes start at once, one key is made: the
 * check and the write are one transaction, under a lock.
 */
export async function ensureSigningKey(deps: Omit<KeyRingDeps, 'log'>): Promise<void> {
  const { store, clock } = deps
  if ((await store.signingKeys.list()).length > 0) return
  const now = clock.now()
  const times = { createdAt: now, activatedAt: now, retiredAt: null, withdrawnAt: null }
  const first = { ...makeSigningKey(deps), ...times }
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    if ((await tx.signingKeys.list()).length > 0) return
    await tx.signingKeys.add(first)
    await recordEvents(deps, tx, introductionOf(first))
  })
}
