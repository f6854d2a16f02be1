import { fail } from '../../failures.ts'
import type { Actor } from '../administration/actor.ts'
import { changeKeyRing, type ManualKeyChangeDeps, type RingPlan } from './change-key-ring.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'
import { activeOf, type KeyRing } from './signing-key.ts'

type Revocation = 'revoked' | 'unknown' | 'active'

/**
 * Revokes a key that is not active: one that stands by, or has signed before. Tokens that it signed are rejected, by every server once it returns.
 * Fails with `signing_key_unknown`, and with `signing_key_active` for the key that signs.
 */
export async function revokeSigningKey(
  deps: ManualKeyChangeDeps,
  id: string,
  by?: Actor,
): Promise<void> {
  const now = deps.clock.now()
  const plan = (ring: KeyRing): RingPlan<Revocation> => {
    const key = ring.find((one) => one.id === id)
    if (!key) return { verdict: 'unknown', steps: [] }
    if (key === activeOf(ring, now, key.algorithm)) return { verdict: 'active', steps: [] }
    const steps = key.revokedAt === null ? [{ kind: 'revoke', id } as const] : []
    return { verdict: 'revoked', steps }
  }
  const verdict = await changeKeyRing(deps, plan, by)
  if (verdict === 'unknown') throw fail('signing_key_unknown')
  if (verdict === 'active')
    throw fail('signing_key_active', {
      detail: 'put the next one in its place with `key rotate --now`',
    })
  await rotateSigningKeys(deps) // publishes the next standby key
  await deps.store.untilServersKnow()
}
