import { recordEvents } from '../audit-log/record-event.ts'
import { introductionOf, removeRejected, type KeyRingDeps } from './change-key-ring.ts'
import { bindKey } from './key-mac.ts'
import { makeSigningKey } from './make-signing-key.ts'
import { readKeyRing } from './read-key-ring.ts'

/**
 * Makes the issuer's first signing keys unless there is one: one for each algorithm of the settings, and each signs at once. If several processes
 * start at once, one makes them: the check and the write are one transaction, under a lock. Rows that are not trusted are deleted, and recorded as
 * `rejectedAs`.
 */
export async function ensureSigningKeys(
  deps: Omit<KeyRingDeps, 'log'>,
  rejectedAs: 'key_rejected' | 'key_revoked' = 'key_rejected',
): Promise<void> {
  const { store, clock, root, policies } = deps
  if ((await readKeyRing(deps)).ring.length > 0) return
  const now = clock.now()
  const times = { createdAt: now, activatedAt: now, retiredAt: null, revokedAt: null }
  const first = policies.keys.algorithms.map((one) => ({ ...makeSigningKey(deps, one), ...times }))
  await store.transaction(async (tx) => {
    await tx.lock('signing_keys')
    const { ring, rejected } = await readKeyRing({ store: tx, root })
    if (ring.length > 0) return
    const rejections = await removeRejected(tx, rejected, rejectedAs)
    for (const key of first) await tx.signingKeys.add(bindKey(root, key))
    await recordEvents(deps, tx, ...rejections, ...first.map(introductionOf))
  })
}
