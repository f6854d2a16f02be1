import { fail } from './failures.ts'
import type { StoredSession } from './stored-session.ts'
import { webPlatform, type Platform, type Seconds } from './platform.ts'

/**
 * The place where a session is stored. Its value is private to the client: return it unchanged.
 *
 * `update` must be atomic: no other reader or writer, in any tab or process, may come between the value that `change` receives
 * and the value that is written. If two tabs can interleave, one of them will be signed out some day.
 *
 * @example
 * ```ts
 * import { createSession, type TokenStorage } from '@countersign/client'
 *
 * const values = new Map<string, unknown>() // in place of your own store
 * const storage: TokenStorage = {
 *   name: null,
 *   load: async () => values.get('session'),
 *   update: async (change) => void values.set('session', change(values.get('session'))),
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer', storage })
 * await session.signIn({ username: 'admin', password: 'password' })
 * console.log(values.size) // 1
 * ```
 */
export interface TokenStorage {
  /** The name that sessions with the same storage share, for their lock and their channel; `null` if no other tab uses it. */
  readonly name: string | null
  load(): Promise<unknown>
  update(change: (stored: unknown) => StoredSession): Promise<void>
}

/**
 * Creates a storage in memory: the session ends with this page or process and leaves no trace. The default in bearer mode.
 *
 * @example
 * ```ts
 * import { createSession, memoryStorage } from '@countersign/client'
 *
 * const storage = memoryStorage() // two sessions with this storage are one sign-in
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer', storage })
 * await session.signIn({ username: 'admin', password: 'password' })
 * const other = createSession({ url: 'http://localhost:5000', mode: 'bearer', storage })
 * console.log((await other.restore()).status) // signed_in
 * ```
 */
export function memoryStorage(): TokenStorage {
  let stored: unknown
  return {
    name: null,
    load: async () => stored,
    async update(change) {
      stored = change(stored)
    },
  }
}

// The part of IndexedDB that the client uses (https://w3c.github.io/IndexedDB).
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

const storeName = 'kept' // a stored name: renaming it would sign out every user
const key = 'session'
const maxIdbWait: Seconds = 5 // IndexedDB can hang in a browser; the page must not hang with it

/**
 * Creates a storage in this browser (IndexedDB) for all tabs of this origin, which survives a restart. The default in cookie
 * mode, where it holds times and no tokens. In bearer mode it holds the refresh token, which every script on this origin can
 * read; prefer cookies where possible.
 *
 * It uses IndexedDB and not localStorage for two reasons. An update is one transaction, so no other tab can interleave. And it is
 * on disk when it is done: localStorage is written seconds later, and a browser that crashes in between would start with a refresh
 * token that was already used, which the server treats as stolen. Where IndexedDB is missing or fails, the session lives as long
 * as the page.
 *
 * @example
 * ```ts
 * import { browserStorage, createSession } from '@countersign/client'
 *
 * const storage = browserStorage() // browserStorage('shop') is a separate session on the same origin
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer', storage })
 * const state = await session.restore() // signed in, if a user was before the restart
 * if (state.status === 'signed_out') await session.signIn({ username: 'admin', password: 'password' })
 * ```
 */
export function browserStorage(
  name = 'countersign',
  { after }: Pick<Platform, 'after'> = webPlatform,
): TokenStorage {
  let lastValue: unknown // used in place of IndexedDB when the disk is full or access is denied
  let isUsable = true
  const access = async (change?: (stored: unknown) => StoredSession) => {
    let isApplied = false
    const apply = (value: unknown) => {
      isApplied = true
      return (lastValue = change ? change(value) : value)
    }
    try {
      if (isUsable) return await withTimeout(after, transact(name, apply, change !== undefined))
    } catch {
      isUsable = false
    }
    return isApplied ? lastValue : apply(lastValue) // a change that could not be written is not applied twice
  }
  return {
    name,
    load: () => access(),
    async update(change) {
      await access(change)
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
      const transaction = database.transaction(storeName, mode, { durability: 'strict' })
      const store = transaction.objectStore(storeName)
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
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(storeName))
    opening.addEventListener('success', () => resolve(opening.result))
    opening.addEventListener('error', () => reject(opening.error))
  })
}

async function withTimeout<T>(after: Platform['after'], work: Promise<T>): Promise<T> {
  let cancel = () => {}
  const timeout = new Promise<never>((_resolve, reject) => {
    cancel = after(maxIdbWait, () => reject(fail('storage_unusable')))
  })
  return Promise.race([work, timeout]).finally(() => cancel())
}
