import type { Runtime } from '../../runtime.ts'
import { memory } from './attempt-delay.ts'

/** Deletes what limits nobody any more. */
export async function pruneLimits({
  store,
  clock,
  log,
}: Pick<Runtime, 'store' | 'clock' | 'log'>): Promise<void> {
  const marks = await store.limits.prune(clock.now() - memory)
  if (marks > 0) log.info({ marks }, 'limits that held nobody up any more are deleted')
}
