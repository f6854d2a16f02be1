import { changeRing, type RingRuntime } from './change-key-ring.ts'
import { planRotation, judgeReplacement, judgeRotation } from './plan-rotation.ts'
import type { Actor } from '../administration/actor.ts'
import { activeOf, type Ring } from './signing-key.ts'

/** Does what is due for the signing keys, on schedule: whichever server comes first does it, once. */
export async function rotateSigningKeys(runtime: RingRuntime): Promise<void> {
  const { clock, policies } = runtime
  const now = clock.now()
  await changeRing(runtime, (ring) => ({
    verdict: undefined,
    steps: planRotation(ring, now, policies.keys),
  }))
}

/** How the active key gives way before its time. */
export type Haste =
  /** As soon as every cache can know the next one; all tokens stay good. */
  | 'published'
  /** At once, for it got out: it is withdrawn, and every token that it signed is refused from now on. */
  | 'now'

/** What became of a rotation by hand: this one did it, or somebody else had rotated since the caller looked. */
export type RotationVerdict = 'done' | 'done_before'

/**
 * Rotates by hand. `from` is the id of the key that the caller found active: of several who ask at once one rotates, and for the
 * others it has been done.
 */
export async function rotateByHand(
  runtime: RingRuntime,
  from: string,
  haste: Haste,
  by?: Actor,
): Promise<RotationVerdict> {
  const { clock, policies } = runtime
  const now = clock.now()
  const judge = (ring: Ring) => {
    if (activeOf(ring, now)?.id !== from) return { verdict: 'done_before', steps: [] } as const
    const steps =
      haste === 'now' ? judgeReplacement(ring, now) : judgeRotation(ring, now, policies.keys)
    return { verdict: 'done', steps } as const
  }
  const verdict = await changeRing<RotationVerdict>(runtime, judge, by)
  await rotateSigningKeys(runtime) // a next key stands by again
  return verdict
}
