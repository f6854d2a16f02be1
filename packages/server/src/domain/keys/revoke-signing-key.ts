import { fail } from '../../failures.ts'
import { changeRing, type Judged, type RingRuntime } from './change-key-ring.ts'
import { rotateSigningKeys } from './rotate-signing-keys.ts'
import type { Actor } from '../administration/actor.ts'
import { activeOf, type Ring } from './signing-key.ts'

type Withdrawal = 'withdrawn' | 'unknown' | 'active'

/**
 * Takes a key out of use that does not sign now: one that stands by, or has signed before. Tokens that it signed are refused.
 * Fails with `signing_key_unknown`, and with `signing_key_active` for the key that signs.
 */
export async function revokeSigningKey(
  runtime: RingRuntime,
  id: string,
  by?: Actor,
): Promise<void> {
  const now = runtime.clock.now()
  const judge = (ring: Ring): Judged<Withdrawal> => {
    const key = ring.find((one) => one.id === id)
    if (!key) return { verdict: 'unknown', steps: [] }
    if (key === activeOf(ring, now)) return { verdict: 'active', steps: [] }
    const steps = key.withdrawnAt === null ? [{ kind: 'withdraw', id } as const] : []
    return { verdict: 'withdrawn', steps }
  }
  const verdict = await changeRing(runtime, judge, by)
  if (verdict === 'unknown') throw fail('signing_key_unknown')
  if (verdict === 'active')
    throw fail('signing_key_active', {
      detail: 'put the next one in its place with `key rotate --now`',
    })
  await rotateSigningKeys(runtime) // a next key stands by again
}
