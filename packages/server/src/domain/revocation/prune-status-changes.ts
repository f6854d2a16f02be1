import type { Runtime } from '../../runtime.ts'
import { changesKeptFor } from './status-list.ts'

/** Forgets status bits of long ago, whose indices may then be given out again. */
export async function pruneStatusChanges({
  store,
  clock,
  log,
}: Pick<Runtime, 'store' | 'clock' | 'log'>): Promise<void> {
  const changes = await store.statusLists.prune(clock.now() - changesKeptFor)
  if (changes > 0) log.info({ changes }, 'status changes of long ago are forgotten')
}
