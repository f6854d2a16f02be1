/** The reason why the listener of a status is called: its token was revoked, or its status is not known any more. */
export type RevocationNotice = 'token_revoked' | 'revocation_unknown'

/** A listener for one status. Called at most once. */
export type RevocationListener = (notice: RevocationNotice) => void

/** The subscribers to single statuses of one list. */
export interface StatusSubscribers {
  /** Subscribes to an index; returns an unsubscribe function. */
  add(index: number, listener: RevocationListener): () => void
  /** Notifies the subscribers of an index that it was revoked. */
  notifyRevoked(index: number): void
  /** Notifies the subscribers whose status was revoked while the feed was disconnected. */
  notifyAll(isRevoked: (index: number) => boolean): void
  /** Notifies all subscribers that no status is known any more. */
  notifyUnknown(): void
}

/** Creates the subscribers of one list. */
export function createStatusSubscribers(): StatusSubscribers {
  const byIndex = new Map<number, Set<RevocationListener>>()

  function notify(index: number, notice: RevocationNotice): void {
    const listeners = byIndex.get(index)
    byIndex.delete(index)
    for (const listener of listeners ?? []) listener(notice)
  }

  return {
    add(index, listener) {
      const own: RevocationListener = (notice) => listener(notice) // so that one function can subscribe twice
      const listeners = byIndex.get(index) ?? new Set()
      byIndex.set(index, listeners.add(own))
      return () => {
        listeners.delete(own)
        if (listeners.size === 0 && byIndex.get(index) === listeners) byIndex.delete(index)
      }
    },
    notifyRevoked: (index) => notify(index, 'token_revoked'),
    notifyAll(isRevoked) {
      for (const index of byIndex.keys()) if (isRevoked(index)) notify(index, 'token_revoked')
    },
    notifyUnknown() {
      for (const index of byIndex.keys()) notify(index, 'revocation_unknown')
    },
  }
}
