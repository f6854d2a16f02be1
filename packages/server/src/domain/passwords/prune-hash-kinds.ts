import type { Log } from '../kernel/ports.ts'
import type { Locks, Transactions } from '../kernel/transactions.ts'
import { commonPartOf, type HashKindTables } from './hash-kinds.ts'

/** Forgets the kinds of imported hashes that no user has any more: from then on a refused sign-in costs less. */
export async function pruneHashKinds({
  store,
  log,
}: {
  readonly store: Transactions<HashKindTables & Locks> & HashKindTables
  readonly log: Log
}): Promise<void> {
  for (const kind of await store.hashKinds.list()) {
    const part = commonPartOf(kind)
    if (await store.hashKinds.isInUse(part)) continue // most end here, and lock nothing
    const isGone = await store.transaction(async (tx) => {
      await tx.lock('hash_kinds')
      if (await tx.hashKinds.isInUse(part)) return false
      await tx.hashKinds.remove(kind)
      return true
    })
    if (isGone) log.info({ part }, 'the last imported hash of this kind is renewed')
  }
}
