import type { RingRuntime } from './change-key-ring.ts'
import { rotateByHand } from './rotate-signing-keys.ts'
import { activeOf, standbyOf } from './signing-key.ts'
import { revokeSigningKey } from './revoke-signing-key.ts'

/**
 * Puts new signing keys in the place of those that nobody can open any more, for their key-encryption key is lost. Every access token
 * is refused from then on; sessions live on.
 */
export async function replaceLostKeys(runtime: RingRuntime): Promise<void> {
  const { store, clock } = runtime
  const ring = await store.signingKeys.list()
  const [active, standby] = [activeOf(ring, clock.now()), standbyOf(ring, clock.now())]
  if (standby) await revokeSigningKey(runtime, standby.id)
  if (active) await rotateByHand(runtime, active.id, 'now')
}
