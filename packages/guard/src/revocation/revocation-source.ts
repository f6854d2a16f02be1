import type { StatusLists, StatusListView } from './status-lists.ts'
import { createStatusSubscribers, type StatusSubscribers } from './subscribers.ts'

/**
 * A source of revocations in this process: the server itself, for the guard of its own routes.
 *
 * @example
 * import { createGuard, type RevocationSource } from '@countersign/guard'
 *
 * const revoked = new Set<number>()
 * const source: RevocationSource = { statusOf: (_, index) => (revoked.has(index) ? 'revoked' : 'good') }
 * export const guard = createGuard({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 *   revocation: { source },
 * })
 */
export interface RevocationSource {
  /** Returns a status at once, from memory; `unknown` if it cannot be known now. */
  statusOf(uri: string, index: number): 'good' | 'revoked' | 'unknown'
  /** Calls `listener` for each status that is revoked from now on, for open connections. Returns an unsubscribe function. */
  onRevoked?(listener: (uri: string, index: number) => void): () => void
}

/** Creates the status lists of an in-process source. Nothing is copied: each check asks the source. */
export function fromSource(source: RevocationSource): StatusLists {
  const lists = new Map<
    string,
    { readonly list: StatusListView; readonly subscribers: StatusSubscribers }
  >()
  const unsubscribe = source.onRevoked?.((uri, index) =>
    lists.get(uri)?.subscribers.notifyRevoked(index),
  )
  return {
    listAt(uri) {
      const known = lists.get(uri)
      if (known) return known.list
      const subscribers = createStatusSubscribers()
      const list: StatusListView = {
        statusAt: (index) => source.statusOf(uri, index),
        refresh: () => undefined,
        subscribe: subscribers.add,
      }
      lists.set(uri, { list, subscribers })
      return list
    },
    health: () => [],
    close: () => unsubscribe?.(),
  }
}
