import { recordEvents } from '../audit-log/record-event.ts'
import { introductionOf, removeRejected, type KeyRingDeps } from './change-key-ring.ts'
import { bindKey } from './key-mac.ts'
import { makeSigningKey } from './make-signing-key.ts'
import { readKeyRing } from './read-key-ring.ts'

/**
 * Makes the issuer's first signing key unless there is one. If several processes start at once, one key is made: the
 * check and the write are one transaction, under a lock. Rows that are not trusted are deleted, and recorded as `rejectedAs`.
 */
export async function ensureSigningKey(
  deps: Omit<KeyRingDeps, 'log'>,
  rejectedAs: 'key_rejected' | 'key_revoked' = 'key_rejected',
): Promise<void> {
  const { store, clock, root } = deps
  if ((await readKeyRing(deps)).ring.length > 0) return
  const now = clock.now()
  const times = { createdAt: now, activatedAt: now, retiredAt: null, revokedAt: null }
  const first = { ...makeSigningKey(deps), ...times }
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    const { ring, rejected } = await readKeyRing({ store: tx, root })
    if (ring.length > 0) return
    const rejections = await removeRejected(tx, rejected, rejectedAs)
    await tx.signingKeys.add(bindKey(root, first))
    await recordEvents(deps, tx, ...rejections, introductionOf(first))
  })
}
