import type { Log } from '../kernel/ports.ts'
import type { Locks, Transactions } from '../kernel/transactions.ts'
import { prefixOf, type HashKindTables } from './hash-kinds.ts'

/** Forgets the kinds of imported hashes that no user has any more: from then on a refused sign-in costs less. */
export async function pruneHashKinds({
  store,
  log,
}: {
  readonly store: Transactions<HashKindTables & Locks> & HashKindTables
  readonly log: Log
}): Promise<void> {
  for (const kind of await store.hashKinds.list()) {
    const prefix = prefixOf(kind)
    if (await store.hashKinds.isInUse(prefix)) continue // most end here, and lock nothing
    const isGone = await store.transaction(async (tx) => {
      await tx.lock('hash_kinds')
      if (await tx.hashKinds.isInUse(prefix)) return false
      await tx.hashKinds.remove(kind)
      return true
    })
    if (isGone) log.info({ prefix }, 'the last imported hash of this kind is renewed')
  }
}
