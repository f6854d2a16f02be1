import type { Seconds } from './platform.ts'

/**
 * The reason why no user is signed in.
 *
 * @example
 * ```ts
 * import { createSession, type SignedOutReason } from '@countersign/client'
 *
 * const messages: Partial<Record<SignedOutReason, string>> = {
 *   expired: 'Your session has expired.',
 *   ended: 'You were signed out on another device.',
 *   reused: 'Your session was ended: it may have been copied.',
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * const state = await session.restore()
 * if (state.status === 'signed_out') console.log(messages[state.reason] ?? 'Please sign in.')
 * ```
 */
export type SignedOutReason =
  | 'never_signed_in' // no sign-in here yet
  | 'signed_out' // by the user, in this tab or another one
  | 'expired' // the session was idle for too long, or reached its maximum age
  | 'ended' // elsewhere: by the user on another device, by a password change, by an administrator
  | 'reused' // a refresh token was used twice, so it may be stolen (RFC 9700, section 4.14.2)
  | 'unknown' // the server does not know the session

/** The access token and the refresh token, as the server sent them. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** The stored session while a user is signed in. `issuedAt` is by the server's clock. */
export interface SignedIn {
  readonly status: 'signed_in'
  /** The id of this sign-in: new with each sign-in, the same through all refreshes. */
  readonly id: string
  /** The number of refreshes since the sign-in. */
  readonly revision: number
  /** `null` in cookie mode: the tokens are in cookies. */
  readonly tokens: Tokens | null
  readonly issuedAt: Seconds
  readonly lifetime: Seconds
  /** The server's clock minus the local clock, which may be wrong by any amount. */
  readonly clockOffset: Seconds
  /** The time at which a refresh that has no response yet was started, by the local clock. */
  readonly refreshStartedAt: Seconds | null
  /**
   * A random key that is sent with a refresh, and again with each repeat of it until a response arrives. By it the server recognizes this client,
   * however late the repeat is. `null` before the first refresh of these tokens; a session that an earlier version stored has none.
   */
  readonly idempotencyKey?: string | null
  /**
   * The number of refreshes in a row that were made because an API had rejected the token with 401; a session that an earlier version stored has
   * none.
   */
  readonly renewalsAfter401?: number
}

/** The stored session while no user is signed in. */
export interface SignedOut {
  readonly status: 'signed_out'
  readonly reason: SignedOutReason
}

/** The stored form of a session, shared by all tabs. */
export type StoredSession = SignedIn | SignedOut

/** The stored session before the first sign-in. */
export const noSession: StoredSession = { status: 'signed_out', reason: 'never_signed_in' }

/** The freshness of an access token: `due` is still valid but should be refreshed, `expired` is not worth sending. */
export type TokenFreshness = 'fresh' | 'due' | 'expired'

const transitSeconds: Seconds = 1 // a request takes time to arrive, and the server's times are whole seconds
const maxClockCorrection: Seconds = 5 // a smaller step back is a clock that is being corrected

/**
 * Returns the freshness of the access token, by the local clock and the known offset of the server's. The token is due when
 * `leadFraction` of its lifetime is left, which is early enough for a retry or two. If the local clock was set back since the
 * token was issued, the token's age is unknown; it counts as expired, and one refresh corrects the offset.
 */
export function tokenFreshness(
  stored: SignedIn,
  now: Seconds,
  leadFraction: number,
): TokenFreshness {
  const { issuedAt, lifetime, clockOffset, refreshStartedAt } = stored
  const age = now + clockOffset - issuedAt
  if (age < -maxClockCorrection || age >= lifetime - Math.min(transitSeconds, lifetime / 10))
    return 'expired'
  return age >= lifetime - refreshLead(lifetime, leadFraction) || refreshStartedAt !== null
    ? 'due'
    : 'fresh'
}

/** Returns the seconds until the token is due; 0 if it is due or expired. */
export function secondsUntilDue(stored: SignedIn, now: Seconds, leadFraction: number): Seconds {
  const { issuedAt, lifetime, clockOffset } = stored
  if (tokenFreshness(stored, now, leadFraction) !== 'fresh') return 0
  return issuedAt + lifetime - refreshLead(lifetime, leadFraction) - clockOffset - now
}

const max401Renewals = 5 // at once: roles may change several times within seconds, and each change revokes the token
const min401RenewalInterval: Seconds = 30 // after those: if new tokens did not help, another one so soon will not help either

/** Returns true if a rejected token is worth renewing: not if the last five, the newest of less than 30 s ago, were rejected as well. */
export function shouldRenewAfter401(stored: SignedIn, now: Seconds): boolean {
  return renewalsInARow(stored, now) < max401Renewals
}

/** Returns how many renewals after a 401 came one soon after the other until now. */
export function renewalsInARow(stored: SignedIn, now: Seconds): number {
  const { renewalsAfter401 = 0, clockOffset, issuedAt } = stored
  const age = now + clockOffset - issuedAt
  return age < 0 || age >= min401RenewalInterval ? 0 : renewalsAfter401
}

const maxLifetimeForLead: Seconds = 1500 // a token that lives longer is refreshed in its last few minutes

function refreshLead(lifetime: Seconds, leadFraction: number): Seconds {
  return Math.min(lifetime, maxLifetimeForLead) * leadFraction
}

/** Returns true if a session has later tokens than another one, or is of a later sign-in. */
export function isNewer(found: SignedIn, than: SignedIn): boolean {
  return found.id !== than.id || found.revision > than.revision
}

/** Parses the value of a storage. Returns {@link noSession} for everything that this version does not know. */
export function parseStoredSession(value: unknown): StoredSession {
  if (typeof value !== 'object' || value === null) return noSession
  const stored = value as Partial<Record<keyof SignedIn | keyof SignedOut, unknown>>
  if (stored.status === 'signed_out' && typeof stored.reason === 'string') return value as SignedOut
  const numbers = [stored.revision, stored.issuedAt, stored.lifetime, stored.clockOffset]
  const isComplete =
    stored.status === 'signed_in' &&
    typeof stored.id === 'string' &&
    (stored.renewalsAfter401 === undefined || Number.isFinite(stored.renewalsAfter401)) &&
    numbers.every((one) => Number.isFinite(one)) &&
    (stored.refreshStartedAt === null || Number.isFinite(stored.refreshStartedAt)) &&
    (stored.idempotencyKey == null || typeof stored.idempotencyKey === 'string') &&
    (stored.tokens === null || isTokens(stored.tokens))
  return isComplete ? (value as SignedIn) : noSession // every member was checked
}

/** Returns the members of a request that exchanges or ends the session: in cookie mode the refresh token is in its cookie. */
export function refreshMembers({ tokens, idempotencyKey }: SignedIn): object {
  return {
    ...(tokens ? { refresh_token: tokens.refresh } : {}),
    ...(idempotencyKey ? { idempotency_key: idempotencyKey } : {}),
  }
}

function isTokens(value: unknown): value is Tokens {
  if (typeof value !== 'object' || value === null) return false
  const { access, refresh } = value as Partial<Record<keyof Tokens, unknown>>
  return typeof access === 'string' && typeof refresh === 'string'
}
