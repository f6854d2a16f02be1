import type { Store } from '../../domain/store.ts'
import { poolSize } from './store.contract.ts'
import { createStore, type Database } from '../store.ts'

/**
 * Opens so many handles on one database, as so many servers have them, with every connection of every one open: a race for connections
 * would hide others.
 */
export async function openHandles(database: Database, count: number): Promise<readonly Store[]> {
  const stores: Store[] = []
  for (let left = count; left > 0; left--) stores.push(await createStore(database))
  await Promise.all(stores.flatMap((one) => Array.from({ length: poolSize }, () => one.ping())))
  return stores
}
