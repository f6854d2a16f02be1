import type { Seconds } from '@countersign/token/internal'
import type { EndReason } from '../audit-log/event.ts'
import type { Secret } from '../kernel/secret.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { User } from '../users/user.ts'

/**
 * The maximum number of sessions of a user: more than a person has devices, and few enough that ending them all is quick. When a user gets one
 * more, the one that was unused for longest ends.
 */
export const maxSessionsPerUser = 200

/** The maximum age of a proof, in seconds, for a change of what signs a user in: a thief of a session must not make it their own. */
export const recentProofSeconds = 300

/** Returns whether the user of a session has proven recently who they are. Pure. */
export function isRecentlyProven(
  { authenticatedAt }: Pick<Session, 'authenticatedAt'>,
  now: Seconds,
): boolean {
  return Math.abs(now - authenticatedAt) <= recentProofSeconds // below 0: the clock was set back since
}

/** The access that an API token, or the tokens of a service account or an application, give. */
export interface Grant {
  readonly kind: 'api_token' | 'client' | 'application'
  readonly name: string
  /** The service account or the application; null for an API token. */
  readonly clientId: string | null
  /** The scopes of an API token, or those that a user gave an application; those of a service account are its own. */
  readonly scopes: readonly string[]
  /** The audience; null for a service account, which may have several. */
  readonly resource: string | null
  /** The sign-in with which the grant of an application ends; null if it outlives it, and for all others. */
  readonly parentId: string | null
  /** The thumbprint of the key that the refresh token of a public client is bound to (RFC 9449, section 5); null if it is not bound. */
  readonly jkt: string | null
}

/** One sign-in on one device. It lives as long as its refresh token is used often enough, and never beyond `expiresAt`. */
export interface Session {
  readonly id: string
  /** The user; the service account, for its grant. */
  readonly userId: string
  readonly createdAt: Seconds
  /** The time at which its refresh token was last exchanged. */
  readonly lastUsedAt: Seconds
  /** The time at which its user last authenticated. */
  readonly authenticatedAt: Seconds
  /** The authentication methods (RFC 8176), such as `pwd`. */
  readonly amr: readonly string[]
  /** The User-Agent of the sign-in, cut to 512 characters; null if there was none. */
  readonly userAgent: string | null
  /** The address of the sign-in; null if unknown. */
  readonly address: string | null
  /** The time at which it expires unless it is used before. */
  readonly idleExpiresAt: Seconds
  /** The time at which it expires, used or not. */
  readonly expiresAt: Seconds
  readonly endedAt: Seconds | null
  readonly endReason: EndReason | null
  /** The status index of its access tokens; null until the next refresh, for a session from before status lists existed. */
  readonly status: StatusIndex | null
  /** Null for a sign-in. */
  readonly grant: Grant | null
}

/** A session that was just started or refreshed, and its current refresh token. */
export interface SessionGrant {
  readonly session: Session
  readonly user: User
  readonly refreshToken: Secret
  /** True if the session has just started. */
  readonly isNew?: true
  /** The custom claims of its access token, if they were computed before its refresh token was exchanged. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
}

/** The policy on the lifetime of sessions. */
export interface SessionPolicy {
  /** Seconds without a refresh after which a session expires. */
  readonly idleLifetime: Seconds
  /** Seconds after which a session expires in any case. */
  readonly lifetime: Seconds
  /** Seconds in which a second use of a refresh token counts as a retry; 0 allows none. */
  readonly grace: Seconds
}

/**
 * Returns whether what ends the sign-ins of a user ends their API tokens too: a user who signs out does not mean them, but a thief of a password
 * may have made one. Pure.
 */
export function endsTokens(reason: EndReason): boolean {
  return reason !== 'logout' && reason !== 'ended_by_user'
}

/** Returns when a session expires if it is not used again. */
export function expiryOf({
  expiresAt,
  idleExpiresAt,
}: Pick<Session, 'expiresAt' | 'idleExpiresAt'>): Seconds {
  return Math.min(expiresAt, idleExpiresAt)
}

/** Returns whether a session was ended, has expired, or is alive. */
export function stateOf(session: Session, now: Seconds): 'alive' | 'expired' | 'ended' {
  if (session.endedAt !== null) return 'ended'
  return now >= expiryOf(session) ? 'expired' : 'alive'
}
