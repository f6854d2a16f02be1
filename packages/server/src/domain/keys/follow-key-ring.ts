import type { Log } from '../kernel/ports.ts'
import type { StatusFeed } from '../revocation/status-feed.ts'
import type { Issuer } from './issuer.ts'

/** The dependencies of {@link createRingFollower}. */
export interface FollowRingDeps {
  readonly issuer: Issuer
  readonly feed: Pick<StatusFeed, 'announceKeys'>
  readonly log: Log
}

/**
 * Makes the function that brings a server and the guards that follow it up to date with the key ring. It logs a failure once until the ring can
 * be read again.
 */
export function createRingFollower({ issuer, feed, log }: FollowRingDeps): () => Promise<void> {
  let failing = false
  return async () => {
    try {
      await issuer.reload()
      failing = false
    } catch (error) {
      if (!failing) log.error({ error }, 'the signing keys cannot be read')
      failing = true
    }
    await feed.announceKeys()
  }
}
