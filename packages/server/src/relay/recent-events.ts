import type { Clock } from '@countersign/token'
import type { Seconds, VerifiedStatusChange } from '@countersign/token/internal'
import type { FeedEvent } from '../domain/revocation/feed-followers.ts'

/** The events of one list that a new follower gets first. */
export interface RecentEvents {
  /** Adds a verified event. */
  add(token: string, change: VerifiedStatusChange): void
  /**
   * Returns the changes after the event `seen`, and the last event, as far as they have not expired. If older changes are missing, the first of
   * these begins after `seen`: the follower detects the gap and loads the list.
   */
  since(seen: number | undefined): readonly FeedEvent[]
}

interface RecentEvent extends FeedEvent {
  readonly expiresAt: Seconds
}

const maxRecentLength = 32 * 1024 // characters; half of what a follower's connection buffers

/** Makes the recent events of a list, none at first. */
export function createRecentEvents({ now }: Clock): RecentEvents {
  let last: RecentEvent | undefined
  let changes: readonly RecentEvent[] = []
  const isCurrent = ({ expiresAt }: RecentEvent) => now() < expiresAt
  return {
    add(token, { seq, indexes, expiresAt }) {
      last = { seq, token, expiresAt }
      if (indexes.length > 0) changes = newest([...changes.filter(isCurrent), last])
    },
    since(seen) {
      const isMissed = (one: RecentEvent) => seen !== undefined && one.seq > seen
      const events = changes.filter(isMissed)
      if (last && last !== events.at(-1)) events.push(last)
      return events.filter(isCurrent)
    },
  }
}

/** Returns the newest events that are small enough together. */
function newest(events: readonly RecentEvent[]): readonly RecentEvent[] {
  let length = 0
  const first = events.findLastIndex(({ token }) => (length += token.length) > maxRecentLength)
  return events.slice(first + 1)
}
