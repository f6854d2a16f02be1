import type { Follower } from './feed-followers.ts'
import type { PublishedStatusList } from './publish-status-list.ts'

/** The lists behind the routes of status lists: those of this server, or those that a relay follows. */
export interface StatusListSource {
  /** Returns the signed token of a list; `undefined` if there is no list of that number. */
  publish(id: number): Promise<Pick<PublishedStatusList, 'token'> | undefined>
  /** Returns how to follow a list; `undefined` if there is no list of that number. */
  feedOf(id: number): Promise<FollowList | undefined>
  /** Returns the URIs of all lists. */
  uris(): Promise<readonly string[]>
}

/**
 * Sends a follower the current state of one list, and each change from now on. `seen` is the last event that it received. Returns an unsubscribe
 * function, or `undefined` if there are too many followers, in all or from one network.
 */
export type FollowList = (seen: number | undefined, follower: Follower) => (() => void) | undefined
