import type { Store } from '../../domain/store.ts'
import { createStore, type Database, type StoreOptions } from '../store.ts'

/** The number of connections of a store on PostgreSQL in the tests. */
export const poolSize = 2

/** The option of {@link openHandles} for tests that compare the order of two users' events, which strands do not have. */
export const inOneStrand = { strands: 0 }

/** Returns a database as servers of the version before use it: PostgreSQL with READ COMMITTED, as they know nothing else. */
export function asBefore(database: Database): Database {
  return database.kind === 'postgres' ? { ...database, isolation: 'read committed' } : database
}

/** Returns where a database of that name is; at first it has the tables of Countersign, or nothing. */
export type Locate = (database: string, content?: 'nothing') => Promise<Database>

/** A database that one test after the other uses. */
interface Recycled {
  readonly database: Database
  /** Handles that no test has, with open connections. */
  readonly idle: Store[]
  /** The number of handles that the tests have. */
  inUse: number
  /** Lets the next test have the database. */
  readonly free: () => void
}

const recycled = new WeakMap<Database, Recycled>()

/**
 * Opens so many handles on one database, as so many servers have them, with every connection of every one open: a race for connections
 * would hide others. On a database of {@link recycle}, handles that earlier tests have closed are used again, but not those with options.
 */
export async function openHandles(
  database: Database,
  count: number,
  options?: Pick<StoreOptions, 'strands'>,
): Promise<readonly Store[]> {
  const shared = recycled.get(database)
  const open = () => (options ? undefined : shared?.idle.pop()) ?? createStore(database, options)
  const stores = await Promise.all(Array.from({ length: count }, open))
  await Promise.all(stores.flatMap((one) => Array.from({ length: poolSize }, () => one.ping())))
  if (!shared) return stores
  shared.inUse += count
  const close = async (store: Store) => {
    if (options) await store.close()
    else shared.idle.push(store)
    shared.inUse--
    if (shared.inUse === 0) shared.free()
  }
  return stores.map((store) => ({ ...store, close: () => close(store) }))
}

/**
 * Returns a `Locate` that gives the database of an earlier test, emptied, once all of its handles from {@link openHandles} are closed: to make one
 * costs 0.2 s of processor time, and each connection 0.05 s. A test that asks for `nothing`, or opens a store in another way, has a
 * database of its own. Disposal closes the handles.
 */
export function recycle(
  locate: Locate,
  empty: (database: Database) => Promise<void>,
): Locate & AsyncDisposable {
  const byName = new Map<string, Database>()
  const free: Database[] = []
  const all: Recycled[] = []
  const add = async (name: string) => {
    const database = await locate(name)
    const shared = { database, idle: [], inUse: 0, free: () => release(database) }
    all.push(shared)
    recycled.set(database, shared)
    return database
  }
  const release = (database: Database) => {
    for (const [name, one] of byName) if (one === database) byName.delete(name)
    free.push(database)
  }
  const lease: Locate = async (name, content) => {
    const known = byName.get(name)
    if (known || content === 'nothing') return known ?? locate(name, content)
    const next = free.pop()
    if (next) await empty(next)
    const database = next ?? (await add(name))
    byName.set(name, database)
    return database
  }
  const close = () => Promise.all(all.flatMap(({ idle }) => idle.map((store) => store.close())))
  return Object.assign(lease, { [Symbol.asyncDispose]: async () => void (await close()) })
}
