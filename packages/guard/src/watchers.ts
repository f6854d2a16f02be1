/** Why whoever watches a status is told: it was set, or nobody knows any more. */
export type StatusEnd = 'token_revoked' | 'revocation_unknown'

/** Told once, and then no more. */
export type OnStatusEnd = (reason: StatusEnd) => void

/** Those who watch single statuses of one list. */
export interface Watchers {
  /** Watches an index until it ends, or until what comes back is called. */
  add(index: number, onEnd: OnStatusEnd): () => void
  /** Tells those of an index. */
  revoked(index: number): void
  /** Tells those whose status has become another while nobody looked. */
  review(isRevoked: (index: number) => boolean): void
  /** Tells everybody that nothing is known any more. */
  lost(): void
}

/** Makes the watchers of one list. */
export function createWatchers(): Watchers {
  const byIndex = new Map<number, Set<OnStatusEnd>>()

  function end(index: number, reason: StatusEnd): void {
    const told = byIndex.get(index)
    byIndex.delete(index)
    for (const onEnd of told ?? []) onEnd(reason)
  }

  return {
    add(index, onEnd) {
      const once: OnStatusEnd = (reason) => onEnd(reason) // its own, so that one function can watch twice
      const those = byIndex.get(index) ?? new Set()
      byIndex.set(index, those.add(once))
      return () => {
        those.delete(once)
        if (those.size === 0 && byIndex.get(index) === those) byIndex.delete(index)
      }
    },
    revoked: (index) => end(index, 'token_revoked'),
    review(isRevoked) {
      for (const index of byIndex.keys()) if (isRevoked(index)) end(index, 'token_revoked')
    },
    lost() {
      for (const index of byIndex.keys()) end(index, 'revocation_unknown')
    },
  }
}
