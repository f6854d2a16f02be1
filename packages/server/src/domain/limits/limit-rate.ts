import type { Clock } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Log } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { failureMemorySeconds } from './attempt-delay.ts'
import type { BucketRule } from './bucket.ts'
import { limitKey, type LimitKind } from './limit-key.ts'
import type { LimitTables } from './limits.ts'

/** The dependencies of {@link limitRate}. */
export interface RateLimitDeps {
  readonly store: LimitTables
  readonly clock: Clock
  readonly root: RootSecret
}

/** Takes a token from a bucket that all instances share. Fails with `limit_exceeded` if it is empty. */
export async function limitRate(
  { store, clock, root }: RateLimitDeps,
  rule: BucketRule,
  kind: LimitKind,
  subject: string,
): Promise<void> {
  const wait = await store.limits.take(limitKey(root, kind, subject), rule, clock.now())
  if (wait > 0) throw fail('limit_exceeded', { facts: { limit: kind, retryAfter: wait } })
}

/** Deletes counters that no longer limit anything. */
export async function pruneLimits({
  store,
  clock,
  log,
}: Omit<RateLimitDeps, 'root'> & { readonly log: Log }): Promise<void> {
  const marks = await store.limits.prune(clock.now() - failureMemorySeconds)
  if (marks > 0) log.info({ marks }, 'deleted expired limits')
}
