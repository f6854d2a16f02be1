import type { Lists, WatchedList } from './watched-list.ts'
import { createWatchers, type Watchers } from './watchers.ts'

/** Who knows in this very process what is revoked: the server itself, for the guard of its own routes. */
export interface RevocationSource {
  /** At once, from memory; `unknown` for what it cannot tell now. */
  statusOf(uri: string, index: number): 'good' | 'revoked' | 'unknown'
  /** Tells of each status that is revoked from now on, for connections that are open; what comes back ends the telling. */
  onRevoked?(listener: (uri: string, index: number) => void): () => void
}

/** The lists of a source. Nothing is copied: each look is one at the source. */
export function watchSource(source: RevocationSource): Lists {
  const lists = new Map<string, { readonly list: WatchedList; readonly watchers: Watchers }>()
  const callOff = source.onRevoked?.((uri, index) => lists.get(uri)?.watchers.revoked(index))
  return {
    listAt(uri) {
      const known = lists.get(uri)
      if (known) return known.list
      const watchers = createWatchers()
      const list: WatchedList = {
        statusAt: (index) => source.statusOf(uri, index),
        refresh: () => undefined,
        watch: watchers.add,
      }
      lists.set(uri, { list, watchers })
      return list
    },
    health: () => [],
    close: () => callOff?.(),
  }
}
