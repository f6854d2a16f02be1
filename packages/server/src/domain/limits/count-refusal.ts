import type { Clock } from '@countersign/token'
import type { RootSecret } from '../kernel/root-secret.ts'
import { limitKey, type LimitKind } from './limit-key.ts'
import type { LimitTables } from './limits.ts'
import { foldRefusal } from './refusal-fold.ts'

/**
 * The kinds of events that are counted, so that few entries of the audit log stand for many: refused sign-ins, refused invitations, repeated
 * refreshes.
 */
type FoldedKind = Extract<
  LimitKind,
  | 'refusals-from-network'
  | 'refusals-of-invitation'
  | 'repeats-of-session'
  | 'refusals-of-code'
  | 'refusals-of-factor'
  | 'refusals-of-clients'
>

/**
 * Counts one more event of a subject, such as a client network, in the transaction that records it. Returns for how many events its entry in the
 * audit log stands; 0 for no entry.
 */
export async function countRefusal(
  { root, clock }: { readonly root: RootSecret; readonly clock: Clock },
  tx: LimitTables,
  kind: FoldedKind,
  subject: string,
): Promise<number> {
  const key = limitKey(root, kind, subject)
  const before = (await tx.limits.lock([key])).get(key) ?? { count: 0, until: 0 }
  const { after, standsFor } = foldRefusal(before, clock.now())
  await tx.limits.put(key, after)
  return standsFor
}
