import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import type { BucketRule } from './bucket.ts'
import { limitKey, type LimitKind } from './limit-key.ts'

/** Takes a token from a bucket that all instances share. Fails with `limit_exceeded` when it is empty. */
export async function limitRate(
  { store, clock, root }: Pick<Runtime, 'store' | 'clock' | 'root'>,
  rule: BucketRule,
  kind: LimitKind,
  subject: string,
): Promise<void> {
  const wait = await store.limits.take(limitKey(root, kind, subject), rule, clock.now())
  if (wait > 0) throw fail('limit_exceeded', { facts: { limit: kind, retryAfter: wait } })
}
