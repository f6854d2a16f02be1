import type { Seconds } from '@countersign/token/internal'
import type { StatusIndex } from '../revocation/status-list.ts'

/** Why a session ended before its time. */
export type EndReason =
  | 'logout'
  | 'ended_by_user'
  | 'ended_by_administrator'
  /** Its browser signed in anew. */
  | 'replaced'
  /** Its user had too many, and this one was the longest unused. */
  | 'too_many'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'user_disabled'
  | 'user_deleted'

/**
 * The most sessions that a user has at once: more than a person has devices, and few enough that ending them all holds nobody up. With one
 * more, that which was not used for the longest time ends.
 */
export const maxSessionsPerUser = 200

/** One sign-in on one device. It lives as long as its refresh token is used now and then, and never beyond `expiresAt`. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly createdAt: Seconds
  /** When its refresh token was last traded for a new one. */
  readonly lastUsedAt: Seconds
  /** When its user last proved who they are. */
  readonly authenticatedAt: Seconds
  /** How that was proved (RFC 8176), such as `pwd`. */
  readonly amr: readonly string[]
  /** The User-Agent of the sign-in, cut to 512 characters; null when there was none. */
  readonly userAgent: string | null
  /** The address that signed in; null when nobody knows it. */
  readonly address: string | null
  /** When it ends unless it is used before. */
  readonly idleExpiresAt: Seconds
  /** When it ends, used or not. */
  readonly expiresAt: Seconds
  readonly endedAt: Seconds | null
  readonly endReason: EndReason | null
  /** Where the status of its access tokens stands; null until it is refreshed, for one that began before there were status lists. */
  readonly status: StatusIndex | null
}

/** How long sessions live. */
export interface SessionPolicy {
  /** Seconds without a refresh after which a session is over. */
  readonly idleLifetime: Seconds
  /** Seconds after which a session is over in any case. */
  readonly lifetime: Seconds
  /** Seconds in which a refresh token that was used already is taken for a retry; 0 allows none. */
  readonly grace: Seconds
}

/** Whether a session is over, and how: ended by somebody, expired by itself, or neither. */
export function stateOf(session: Session, now: Seconds): 'alive' | 'expired' | 'ended' {
  if (session.endedAt !== null) return 'ended'
  return now >= session.idleExpiresAt || now >= session.expiresAt ? 'expired' : 'alive'
}
