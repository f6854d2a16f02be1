import type { Runtime } from '../runtime.ts'
import { memory } from './guess-delay.ts'

/** Deletes what limits nobody any more; answers how many rows. For a job, once an hour or so. */
export async function pruneLimits({
  store,
  clock,
}: Pick<Runtime, 'store' | 'clock'>): Promise<number> {
  return store.limits.prune(clock.now() - memory)
}
