import type { StoredSession } from './stored-session.ts'

/**
 * Where a session is kept. What is in it is noSession's business: give back what you were given, as it was.
 *
 * `update` is the one that matters: no other reader or writer, in whatever tab or process, may come between what `change` is given
 * and what is written. Where two tabs can come between, one of them is some day signed out.
 */
export interface TokenStorage {
  /** Shared by all that share what is kept, so that they restoreOnce turns and onMessage of one another; `null` when noSession else does. */
  readonly name: string | null
  load(): Promise<unknown>
  update(change: (stored: unknown) => StoredSession): Promise<void>
}

/** Keeps a session as long as this page or process lives, and nowhere else: nothing is left for anybody to find. */
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
