import type { Seconds } from '@countersign/token/internal'

/** A grant that has ended, and of which its application is to be notified. */
export interface LogoutNotice {
  /** The grant: `sid` of its ID tokens. */
  readonly grantId: string
  readonly clientId: string
  readonly userId: string
  readonly createdAt: Seconds
  /** The number of times it was claimed, this time included. */
  readonly attempts: number
}

/** The table of notices. The transaction that ends a grant writes its notice, in `SessionChanges`. */
export interface LogoutNotices {
  /**
   * Claims up to `limit` notices that are due: until `leaseUntil` no other server claims them. Atomic: of several servers at once, one gets each
   * notice. A notice of a server that died is due again when the lease ends. Claims none of the clients `except`.
   */
  claim(
    now: Seconds,
    leaseUntil: Seconds,
    limit: number,
    except?: readonly string[],
  ): Promise<readonly LogoutNotice[]>
  /** Deletes a notice that was sent or given up. Does nothing if another server has claimed it since. */
  remove(notice: LogoutNotice): Promise<void>
  /** Releases a claimed notice: it waits until `next`. Does nothing if another server has claimed it since. */
  defer(notice: LogoutNotice, next: Seconds): Promise<void>
}

/** The table of notices, as part of a store or a transaction. */
export interface LogoutNoticeTables {
  readonly logoutNotices: LogoutNotices
}
