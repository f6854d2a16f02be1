import type { Seconds } from '@countersign/token/internal'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import type { EndReason } from '../audit-log/event.ts'
import type { FactorTables } from '../factors/enrolled-factors.ts'
import type { PendingSignInTables } from '../factors/pending-sign-in.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { StatusListTables } from '../revocation/status-lists.ts'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import type { Rotation } from './refresh-rotation.ts'
import type { Session } from './session.ts'

// Sessions: one for each sign-in on a device. They start here, go on by exchanging refresh tokens, and end here; ending one sets its bit in a
// status list in the same step.

/** A session found by its refresh token, with its rotation and its user. */
export interface FoundSession {
  readonly session: Session
  readonly rotation: Rotation
  readonly user: User
}

/** A kind of session that belongs to a user. */
export type SessionKind = 'sign_in' | 'api_token' | 'application'

/** The sessions to list: those that are alive, after the last one of the page before. */
export interface SessionPage {
  readonly now: Seconds
  /** Sign-ins unless given. */
  readonly kind?: SessionKind
  readonly limit: number
  readonly after?: Pick<Session, 'id' | 'expiresAt'> | undefined
}

/** A session with the name of its user. */
export interface NamedSession extends Session {
  readonly userName: string
}

/** The table of sessions: sign-ins, and the grants of machines. Only {@link Sessions.advance} changes one, and in a transaction {@link SessionChanges}. An ended session stays ended. */
export interface Sessions {
  find(id: string): Promise<Session | undefined>
  findByHandle(handleHash: string): Promise<FoundSession | undefined>
  /** Finds the grant of a service account that has not ended. */
  findGrantOf(clientId: string): Promise<Session | undefined>
  /** Lists the sign-ins of a user that are alive, the last used first; `maxSessionsPerUser` at most. */
  listAlive(userId: string, now: Seconds): Promise<readonly Session[]>
  /** Lists the API tokens of a user, or the grants of applications, that are alive, with the sign-in that they end with, the newest first. */
  listGrants(
    userId: string,
    kind: 'api_token' | 'application',
    now: Seconds,
  ): Promise<readonly Session[]>
  /** Records the use of an API token, unless one is recorded that is not a minute older. */
  markUsed(id: string, at: Seconds): Promise<void>
  /** Lists the sign-ins or the API tokens of all users that are alive, the last to expire first, after the last one of the page before. */
  page(page: SessionPage): Promise<readonly NamedSession[]>
  /** Counts the sign-ins of users that are alive, by user; those without any are left out. */
  countAliveOf(userIds: readonly string[], now: Seconds): Promise<ReadonlyMap<string, number>>
  /** Counts the sign-ins that are alive, up to `max`. */
  countAlive(now: Seconds, max: number): Promise<number>
  /** Writes the next rotation if the session has not ended and `current` is still its current hash; otherwise returns false and writes nothing. */
  advance(
    id: string,
    current: string,
    next: Rotation,
    use: { readonly at: Seconds; readonly idleExpiresAt: Seconds },
  ): Promise<boolean>
  /** Deletes those that were over before `before`; returns how many. */
  prune(before: Seconds): Promise<number>
}

/**
 * Changes to sessions that are possible only in a transaction. Each method that ends a session also sets its status bit, under the lock
 * `status_changes`, and writes the notice to the application of a grant: no caller can end a session and forget its tokens. Rows are locked in one
 * order, in statements that change several too: sign-ins, then a client and its code, then grants and API tokens, each kind by its id.
 */
export interface SessionChanges {
  /** Adds a session with the hashes of the two parts of its first refresh token. Returns false, and writes nothing, if its status index is taken. */
  add(
    session: Session,
    hashes: { readonly handle: string; readonly secret: string },
  ): Promise<boolean>
  /** As `find`; locks the session until the transaction ends. */
  lock(id: string): Promise<Session | undefined>
  /** Returns those of a user that have not ended, sign-ins first; locks them until the transaction ends. Lock the user first. */
  lockNotEnded(userId: string): Promise<readonly Session[]>
  /** Returns the grants of service accounts and the API tokens for an audience that have not ended; locks them until the transaction ends. */
  lockGrants(of: {
    readonly clients: readonly string[]
    readonly resource?: string
  }): Promise<readonly Session[]>
  /**
   * Gives a locked session another status index. Returns false, and writes nothing, if the index is taken. The index before is not revoked by
   * this: see `revokeAccessTokens`.
   */
  setStatus(id: string, status: StatusIndex): Promise<boolean>
  /** Records that the user of a locked session proved again who they are. */
  setAuthentication(id: string, amr: readonly string[], at: Seconds): Promise<void>
  /** Sets the bits of indices that no session has any more. */
  revoke(indices: readonly StatusIndex[], now: Seconds): Promise<void>
  /** Replaces both parts of the refresh token of a locked session, and forgets the used ones. */
  replaceRefreshToken(
    id: string,
    hashes: { readonly handle: string; readonly secret: string },
  ): Promise<void>
  /** Gives the grants that end with a sign-in to the one that replaces it. */
  moveGrants(from: string, to: string): Promise<void>
  /**
   * Makes the answer wait until this server has read every status bit that was set before, as `end`, `endAll` and `endGrantsOf` do. For an operation
   * that finds its work done: the request that did it may still be running, or may have lost the database between its commit and that read.
   */
  propagateEarlier(): void
  /** Ends a session, and the grants that end with it. Returns false, and writes nothing, if it had ended before. */
  end(id: string, now: Seconds, reason: EndReason): Promise<boolean>
  /** Ends those of a user that have not ended and that `endsTokens` says, with the grants that end with them, except one; returns their ids. */
  endAll(
    userId: string,
    now: Seconds,
    reason: EndReason,
    except?: string,
  ): Promise<readonly string[]>
  /** Ends up to `limit` grants that users gave an application and that have not ended; returns them. Lock the client first, so that none begins meanwhile. */
  endGrantsOf(
    clientId: string,
    now: Seconds,
    reason: EndReason,
    limit: number,
  ): Promise<readonly Pick<Session, 'id' | 'userId'>[]>
  /** Ends the sign-ins of a user, or the grants of applications, that have not ended, except one and the `others` that were last used; returns their ids. */
  endUnused(
    userId: string,
    now: Seconds,
    reason: EndReason,
    keep: {
      readonly kind?: 'sign_in' | 'application'
      readonly except: string
      readonly others: number
    },
  ): Promise<readonly string[]>
}

/** The table of sessions, as part of a store. */
export interface SessionTables {
  readonly sessions: Sessions
}

/** The tables and locks of a transaction in which sessions start and end. */
export interface SessionTx
  extends AuditLogTx, UserTables, StatusListTables, FactorTables, PendingSignInTables {
  readonly sessions: Sessions & SessionChanges
}
