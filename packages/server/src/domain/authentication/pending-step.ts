import type { Clock } from '@countersign/token'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import { hasFactor, kindsOf, type FactorKind } from '../factors/factor-policy.ts'
import { isUsable, type PendingSignInTables } from '../factors/pending-sign-in.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { foldName, type User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'

/** The second step that a sign-in waits for. */
export interface PendingStep {
  readonly user: User
  /** `add` if the user must have a factor and has none. */
  readonly step: 'prove' | 'add'
  readonly factors: readonly FactorKind[]
}

/** Reads what a sign-in waits for; `undefined` if it cannot be completed any more. The operations that complete it judge again, with a lock. */
export async function readPendingStep(
  {
    store,
    clock,
  }: {
    readonly store: PendingSignInTables & UserTables & FactorTables
    readonly clock: Clock
  },
  signIn: Secret,
): Promise<PendingStep | undefined> {
  const pending = await store.pendingSignIns.find(hashOf(signIn))
  const name = pending && (await store.users.find(pending.userId))?.name
  const found = name === undefined ? undefined : await store.users.findByName(foldName(name))
  if (!pending || !found || found.user.disabledAt !== null) return undefined
  if (!isUsable(pending, found.hash, clock.now())) return undefined
  const enrolled = await store.enrolledFactors.find(found.user.id)
  const step = hasFactor(enrolled) ? 'prove' : 'add'
  return { user: found.user, step, factors: kindsOf(enrolled) }
}
