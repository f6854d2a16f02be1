import { fail } from './failures.ts'
import type { StoredSession } from './stored-session.ts'
import { webPlatform, type Platform } from './platform.ts'
import type { TokenStorage } from './storage.ts'

// The part of IndexedDB that is used (https://w3c.github.io/IndexedDB).
interface EventSource {
  addEventListener(type: string, listener: () => void): void
}
interface IdbRequest<T> extends EventSource {
  readonly result: T
  readonly error: unknown
}
interface IdbDatabase {
  createObjectStore(name: string): unknown
  transaction(
    store: string,
    mode: 'readonly' | 'readwrite',
    options: { readonly durability: 'strict' },
  ): IdbTransaction
  close(): void
}
interface IdbTransaction extends EventSource {
  readonly error: unknown
  objectStore(name: string): {
    get(key: string): IdbRequest<unknown>
    put(value: unknown, key: string): unknown
  }
}
interface IdbFactory {
  open(name: string, version: number): IdbRequest<IdbDatabase>
}

const table = 'kept' // the stored name; changing it would sign out everyone
const key = 'session'
const longest = 5 // seconds; a browser that hangs here must not hang the page

/**
 * Keeps a session in this browser, for all tabs of this origin and for later. Whatever script runs on this origin can read it: with
 * `mode: 'bearer'` that is the refresh token, so prefer cookies where you can.
 *
 * It is IndexedDB and not localStorage for two reasons: an update is one transaction that no tab can come between, and it is on the
 * disk when it is done. localStorage is written seconds later, and a browser that dies in between comes back with a refresh token that
 * was used: to the server, a thief. Where there is no IndexedDB, the session lives as long as the page.
 */
export function browserStorage(
  name = 'countersign',
  { after }: Pick<Platform, 'after'> = webPlatform,
): TokenStorage {
  let known: unknown // the last that was seen, for the day the disk is full or closed to us
  let usable = true
  const stored = async (change?: (stored: unknown) => StoredSession) => {
    let seen = false
    const remember = (value: unknown) => {
      seen = true
      return (known = change ? change(value) : value)
    }
    try {
      if (usable) return await withTimeout(after, transact(name, remember, change !== undefined))
    } catch {
      usable = false
    }
    return seen ? known : remember(known) // what could not be written is changed once, not twice
  }
  return {
    name,
    load: () => stored(),
    async update(change) {
      await stored(change)
    },
  }
}

async function transact(
  name: string,
  change: (stored: unknown) => unknown,
  write: boolean,
): Promise<unknown> {
  const database = await open(name)
  try {
    return await new Promise((resolve, reject) => {
      const mode = write ? 'readwrite' : 'readonly'
      const transaction = database.transaction(table, mode, { durability: 'strict' })
      const store = transaction.objectStore(table)
      const found = store.get(key)
      let result: unknown
      found.addEventListener('success', () => {
        result = change(found.result)
        if (write) store.put(result, key)
      })
      transaction.addEventListener('complete', () => resolve(result))
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
  } finally {
    database.close()
  }
}

async function open(name: string): Promise<IdbDatabase> {
  const { indexedDB } = globalThis as unknown as { readonly indexedDB?: IdbFactory }
  if (!indexedDB) throw fail('storage_unusable')
  const opening = indexedDB.open(name, 1)
  return new Promise((resolve, reject) => {
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(table))
    opening.addEventListener('success', () => resolve(opening.result))
    opening.addEventListener('error', () => reject(opening.error))
  })
}

async function withTimeout<T>(after: Platform['after'], work: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = after(longest, () => reject(fail('storage_unusable')))
  })
  return Promise.race([work, late]).finally(() => cancel())
}
