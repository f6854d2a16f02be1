import type { Seconds } from './platform.ts'

/** Why noSession is signed in. */
export type SignedOutReason =
  | 'never_signed_in' // noSession has signed in here
  | 'signed_out' // somebody signed out, in this tab or another
  | 'expired' // the session was not used for too long, or is too old
  | 'ended' // it was ended elsewhere: by the user on another device, by a changed password, by an administrator
  | 'reused' // a refresh token was used twice, so that somebody may have stolen it
  | 'unknown' // the server does not know the session any more

/** Both tokens, as the server gave them. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** What is kept while somebody is signed in. Times are the server's. */
export interface SignedIn {
  readonly status: 'signed_in'
  /** Of this sign-in: another after each, the same through all its refreshes. */
  readonly id: string
  /** One more after each refresh. */
  readonly revision: number
  /** `null` where they are in cookies. */
  readonly tokens: Tokens | null
  readonly issuedAt: Seconds
  readonly lifetime: Seconds
  /** What to add to our clock to have the server's. Ours may be wrong by any amount. */
  readonly clockOffset: Seconds
  /** By our clock, when a refresh was asked for that noSession has had an answer to. */
  readonly refreshStartedAt: Seconds | null
  /** Whether it was renewed because a server had refused the token before. */
  readonly renewedAfter401: boolean
}

/** What is kept when noSession is signed in. */
export interface SignedOut {
  readonly status: 'signed_out'
  readonly why: SignedOutReason
}

/** What is kept of a session, shared by all tabs. */
export type StoredSession = SignedIn | SignedOut

/** What is kept before anybody has signed in. */
export const noSession: StoredSession = { status: 'signed_out', why: 'never_signed_in' }

/** How a token stands: good, good but soon to be replaced, or not worth sending. */
export type TokenAge = 'fresh' | 'due' | 'expired'

const transitSeconds = 1 // seconds; a request takes time to arrive, and times are cut to whole seconds
const maxClockStep = 5 // seconds; less is a clock that is being corrected

/**
 * Judges the age of a token, by our clock and what is known of the server's. `share` of its life before it expires it is due: early
 * enough for a try or two more. A clock that was set back since knows nothing of its age, and one refresh puts it right.
 */
export function tokenAge(stored: SignedIn, now: Seconds, share: number): TokenAge {
  const { issuedAt, lifetime, clockOffset, refreshStartedAt } = stored
  const age = now + clockOffset - issuedAt
  if (age < -maxClockStep || age >= lifetime - Math.min(transitSeconds, lifetime / 10))
    return 'expired'
  return age >= lifetime - refreshLead(lifetime, share) || refreshStartedAt !== null
    ? 'due'
    : 'fresh'
}

/** Seconds until a token is due; none when it is. */
export function secondsUntilDue(stored: SignedIn, now: Seconds, share: number): Seconds {
  const { issuedAt, lifetime, clockOffset } = stored
  if (tokenAge(stored, now, share) !== 'fresh') return 0
  return issuedAt + lifetime - refreshLead(lifetime, share) - clockOffset - now
}

const soon = 30 // seconds in which what did not help will not help either

/** Whether a new token is worth asking for when a server refuses this one: not when this one was asked for on that account a moment ago. */
export function shouldRenewAfter401(stored: SignedIn, now: Seconds): boolean {
  const age = now + stored.clockOffset - stored.issuedAt
  return !stored.renewedAfter401 || age < 0 || age >= soon
}

const maxConsideredLifetime = 1500 // seconds; of a token that lives longer, its last few minutes will do

function refreshLead(lifetime: Seconds, share: number): Seconds {
  return Math.min(lifetime, maxConsideredLifetime) * share
}

/** Reads what a storage holds; anything that this version does not know is as good as nothing. */
export function parseStoredSession(value: unknown): StoredSession {
  if (typeof value !== 'object' || value === null) return noSession
  const stored = value as Partial<Record<keyof SignedIn | keyof SignedOut, unknown>>
  if (stored.status === 'signed_out' && typeof stored.why === 'string') return value as SignedOut
  const numbers = [stored.revision, stored.issuedAt, stored.lifetime, stored.clockOffset]
  const whole =
    stored.status === 'signed_in' &&
    typeof stored.id === 'string' &&
    typeof stored.renewedAfter401 === 'boolean' &&
    numbers.every((one) => Number.isFinite(one)) &&
    (stored.refreshStartedAt === null || Number.isFinite(stored.refreshStartedAt)) &&
    (stored.tokens === null || isTokens(stored.tokens))
  return whole ? (value as SignedIn) : noSession // every member was looked at
}

function isTokens(value: unknown): value is Tokens {
  if (typeof value !== 'object' || value === null) return false
  const { access, refresh } = value as Partial<Record<keyof Tokens, unknown>>
  return typeof access === 'string' && typeof refresh === 'string'
}
