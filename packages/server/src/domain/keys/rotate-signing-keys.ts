import type { Actor } from '../administration/actor.ts'
import { changeKeyRing, type KeyRingDeps, type ManualKeyChangeDeps } from './change-key-ring.ts'
import { planEarlyRotation, planReplacement, planRotation } from './plan-rotation.ts'
import { activeOf, type KeyRing } from './signing-key.ts'

/** Carries out the scheduled rotation: the first server that finds steps due takes them, once. */
export async function rotateSigningKeys(deps: KeyRingDeps): Promise<void> {
  const { clock, policies } = deps
  const now = clock.now()
  await changeKeyRing(deps, (ring, used) => ({
    verdict: undefined,
    steps: planRotation(ring, now, policies.keys, used),
  }))
}

/** The urgency with which a manual rotation replaces the active key. */
export type RotationUrgency =
  /** As soon as every cache can know the next key; no token is rejected. */
  | 'published'
  /** At once, because the key may have leaked: it is revoked, and every token that it signed is rejected from now on. */
  | 'now'

/** The outcome of a manual rotation: this call did it, or another had rotated since the caller read the ring. */
export type RotationVerdict = 'done' | 'done_before'

/**
 * Rotates a chain manually. `from` is the id of the key that the caller found active in it: of several calls at once one rotates, and for the
 * others it has been done. With `now` it waits until every server knows, so that "at once" is true when it returns.
 */
export async function rotateByHand(
  deps: ManualKeyChangeDeps,
  from: string,
  urgency: RotationUrgency,
  by?: Actor,
): Promise<RotationVerdict> {
  const { clock, policies } = deps
  const now = clock.now()
  const plan = (ring: KeyRing) => {
    const key = ring.find(({ id }) => id === from)
    if (!key || activeOf(ring, now, key.algorithm) !== key)
      return { verdict: 'done_before', steps: [] } as const
    const steps =
      urgency === 'now'
        ? planReplacement(ring, key.algorithm, now)
        : planEarlyRotation(ring, key.algorithm, now, policies.keys)
    return { verdict: 'done', steps } as const
  }
  const verdict = await changeKeyRing<RotationVerdict>(deps, plan, by)
  await rotateSigningKeys(deps) // publishes the next standby key
  if (urgency === 'now') await deps.store.untilServersKnow()
  return verdict
}
