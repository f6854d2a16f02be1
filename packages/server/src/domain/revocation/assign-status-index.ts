import type { Clock } from '@countersign/token'
import type { Log, Random } from '../kernel/ports.ts'
import {
  changesKeptFor,
  listSize,
  randomIndex,
  triesInOneList,
  type StatusIndex,
  type StoredStatusList,
} from './status-list.ts'
import type { StatusListTables, StatusListTx } from './status-lists.ts'

/**
 * Gives a session an index that no other session has. `take` tries to write an index, and returns false if it is taken. Indices are tried at
 * random in the newest list; if many are taken, one transaction adds a new list, also when several find that at once.
 */
export async function assignStatusIndex(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  tx: StatusListTx,
  take: (status: StatusIndex) => Promise<boolean>,
  size: number = listSize,
): Promise<StatusIndex> {
  let list = await tx.statusLists.newest()
  for (;;) {
    const status = list && (await tryIndices(random, list, take))
    if (status) return status
    await tx.lock('status_lists')
    const newest = await tx.statusLists.newest()
    const isFull = newest?.id === list?.id // otherwise another transaction added one before we got the lock
    const added = { id: (newest?.id ?? 0) + 1, size }
    if (isFull) await tx.statusLists.add(added, clock.now())
    list = isFull ? added : newest
  }
}

async function tryIndices(
  random: Random,
  { id, size }: StoredStatusList,
  take: (status: StatusIndex) => Promise<boolean>,
): Promise<StatusIndex | undefined> {
  for (let left = triesInOneList; left > 0; left--) {
    const status = { list: id, index: randomIndex(random, size) }
    if (await take(status)) return status
  }
  return undefined
}

/** Deletes old status changes, whose indices may then be assigned again. */
export async function pruneStatusChanges({
  store,
  clock,
  log,
}: {
  readonly store: StatusListTables
  readonly clock: Clock
  readonly log: Log
}): Promise<void> {
  const changes = await store.statusLists.prune(clock.now() - changesKeptFor)
  if (changes > 0) log.info({ changes }, 'status changes of long ago are forgotten')
}
