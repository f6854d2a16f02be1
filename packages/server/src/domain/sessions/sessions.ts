import type { Seconds } from '@countersign/token/internal'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { User } from '../users/user.ts'
import type { Rotation } from './rotation.ts'
import type { EndReason, Session } from './session.ts'

/** A session as its refresh token finds it: with its rotation, and its user. */
export interface FoundSession {
  readonly session: Session
  readonly rotation: Rotation
  readonly user: User
}

/** Which sessions to list: those alive, after the last one of the page before. */
export interface SessionPage {
  readonly now: Seconds
  readonly limit: number
  readonly after?: Pick<Session, 'id' | 'expiresAt'> | undefined
}

/** A session with the name of its user. */
export interface NamedSession extends Session {
  readonly userName: string
}

/** Sessions. None is changed but by {@link Sessions.advance}, and in a transaction by {@link SessionChanges}; nothing brings one back. */
export interface Sessions {
  find(id: string): Promise<Session | undefined>
  findByHandle(handleHash: string): Promise<FoundSession | undefined>
  /** Those of a user that are alive, the last used first; `maxSessionsPerUser` at most. */
  listAlive(userId: string, now: Seconds): Promise<readonly Session[]>
  /** Those alive of all users, the newest first, after the last one of the page before. */
  page(page: SessionPage): Promise<readonly NamedSession[]>
  /** How many are alive, counted up to `most`. */
  countAlive(now: Seconds, most: number): Promise<number>
  /** Writes the next rotation where the session has not ended and `current` is still its current hash; else false, and nothing is written. */
  advance(
    id: string,
    current: string,
    next: Rotation,
    use: { readonly at: Seconds; readonly idleExpiresAt: Seconds },
  ): Promise<boolean>
  /** Deletes those that were over before `before`; answers how many. */
  prune(before: Seconds): Promise<number>
}

/**
 * What happens to sessions only in a transaction. Whatever ends one sets its status bit in the same step, under the lock
 * `status_changes`: nobody can end a session and forget its tokens.
 */
export interface SessionChanges {
  /** With the hashes of the two parts of its first refresh token. False when its status index is taken, and nothing is written. */
  add(
    session: Session,
    hashes: { readonly handle: string; readonly secret: string },
  ): Promise<boolean>
  /** As `find`; nobody else changes the session until the transaction ends. */
  lock(id: string): Promise<Session | undefined>
  /** Gives one without a status index one. False when that is taken, and nothing is written. */
  setStatus(id: string, status: StatusIndex): Promise<boolean>
  /** False when it has ended before, and nothing is written. */
  end(id: string, now: Seconds, reason: EndReason): Promise<boolean>
  /** Ends those of a user that have not ended, but for one; answers their ids. */
  endAll(
    userId: string,
    now: Seconds,
    reason: EndReason,
    except?: string,
  ): Promise<readonly string[]>
  /** Ends those of a user that have not ended, but for one and the `others` that were last used; answers their ids. */
  endUnused(
    userId: string,
    now: Seconds,
    reason: EndReason,
    keep: { readonly except: string; readonly others: number },
  ): Promise<readonly string[]>
}
