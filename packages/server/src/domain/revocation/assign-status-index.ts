import type { Random } from '../kernel/ports.ts'
import type { Runtime } from '../../runtime.ts'
import type { Session } from '../sessions/session.ts'
import type { Transaction } from '../store.ts'
import {
  listSize,
  randomIndex,
  triesInOneList,
  type StatusIndex,
  type StoredStatusList,
} from './status-list.ts'

type Needs = Pick<Runtime, 'clock' | 'random'>

/**
 * Gives a session an index that no other one has, by `take`, which says whether an index was free. Indices are tried at random in the
 * newest list; when many are taken a new list is begun, by one transaction whoever else finds the same.
 */
export async function assignStatusIndex(
  { clock, random }: Needs,
  tx: Transaction,
  take: (status: StatusIndex) => Promise<boolean>,
  size: number = listSize,
): Promise<StatusIndex> {
  let list = await tx.statusLists.newest()
  for (;;) {
    const status = list && (await tryIndices(random, list, take))
    if (status) return status
    await tx.lock('status_lists')
    const newest = await tx.statusLists.newest()
    const isFull = newest?.id === list?.id // else somebody has begun one while we waited
    const fresh = { id: (newest?.id ?? 0) + 1, size }
    if (isFull) await tx.statusLists.add(fresh, clock.now())
    list = isFull ? fresh : newest
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

/**
 * The session with an index: one that began before there were status lists gets its index here. `undefined` when it has ended in
 * the meantime.
 */
export async function ensureStatusIndex(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random'>,
  session: Session,
): Promise<Session | undefined> {
  if (session.status) return session
  return runtime.store.transaction(async (tx) => {
    const now = await tx.sessions.lock(session.id)
    if (!now || now.endedAt !== null) return undefined
    if (now.status) return now
    const status = await assignStatusIndex(runtime, tx, (one) =>
      tx.sessions.setStatus(session.id, one),
    )
    return { ...session, status }
  })
}
