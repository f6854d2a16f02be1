import type { Seconds } from '@countersign/token/internal'
import { stateOf, type Session } from './session.ts'

/** A refresh token that was exchanged for its successor. */
export interface UsedToken {
  readonly hash: string
  readonly usedAt: Seconds
  /** Its successor, encrypted under it. */
  readonly successor: string
  /** The client network that exchanged it, if known. */
  readonly network?: string | undefined
  /** The hash of the idempotency key that it was exchanged with, if any. */
  readonly keyHash?: string | undefined
}

/**
 * The state of a session's refresh tokens: the hash of the current one, and those used within the grace, which a retry may present again. The
 * last used one stays until the current one is used: its client may never have got a response.
 */
export interface Rotation {
  readonly current: string
  /** Oldest first; the last one led to the current token. */
  readonly used: readonly UsedToken[]
}

/** A refresh token as a client presents it. */
export interface PresentedToken {
  readonly hash: string
  /** The hash of the idempotency key that was sent with it, if any. */
  readonly keyHash?: string | undefined
  /** True if this server made it as the successor of the current token, by its MAC: then the database has lost its rotation. */
  readonly isGenuineSuccessor: boolean
}

/** The state of a presented token in its session. */
export type TokenState = 'current' | 'recently_used' | 'unanswered' | 'not_stored' | 'used_up'

/** The decision about a refresh token that was presented. */
export type Verdict =
  | 'rotate'
  | 'repeat'
  | 'rotate_unanswered'
  | 'rotate_not_stored'
  | 'expired'
  | 'ended'
  | 'stolen'
  | 'too_frequent'

const maxUsedTokens = 16 // within one grace; no honest client needs more

/**
 * Judges a presented refresh token. Pure: no clock, no store, no randomness.
 *
 * A token is good for one use. A second use within `grace` seconds counts as a retry whose first answer got lost; a later
 * one means that two parties hold the token, and which of them is the thief cannot be known (RFC 9700, section 4.14.2), unless its client proves
 * that it is the one that used it.
 */
export function judge(
  session: Session,
  rotation: Rotation,
  presented: PresentedToken,
  now: Seconds,
  grace: Seconds,
): Verdict {
  const state = stateOf(session, now)
  if (state !== 'alive') return state
  switch (tokenStateOf(rotation, presented, now, grace)) {
    case 'recently_used':
      return 'repeat'
    case 'unanswered':
      return 'rotate_unanswered'
    case 'not_stored':
      return 'rotate_not_stored'
    case 'used_up':
      return 'stolen'
    case 'current': {
      const recent = rotation.used.filter((one) => isRecent(one, now, grace))
      return recent.length < maxUsedTokens ? 'rotate' : 'too_frequent'
    }
  }
}

/**
 * Returns what a presented token of a session is. `unanswered`: used before the grace, with the same idempotency key, and its successor was not
 * used. `not_stored`: the successor of the current token, whose rotation the database has lost. `used_up`: no honest client presents it. Pure.
 */
export function tokenStateOf(
  { current, used }: Rotation,
  { hash, keyHash, isGenuineSuccessor }: PresentedToken,
  now: Seconds,
  grace: Seconds,
): TokenState {
  if (hash === current) return 'current'
  if (used.some((one) => one.hash === hash && isRecent(one, now, grace))) return 'recently_used'
  const last = used.at(-1)
  if (last?.hash === hash && last.keyHash !== undefined && last.keyHash === keyHash)
    return 'unanswered'
  return isGenuineSuccessor ? 'not_stored' : 'used_up'
}

/** Returns whether a token was used within the grace. One used later than now was used before the clock was set back, or by a clock that is ahead. */
function isRecent({ usedAt }: UsedToken, now: Seconds, grace: Seconds): boolean {
  return Math.abs(now - usedAt) < grace
}

/** The next token of a rotation: its hash, its encryption under the token before, and who exchanged that. */
export interface NextToken extends Pick<UsedToken, 'network' | 'keyHash'> {
  readonly hash: string
  readonly ciphertext: string
}

/** Returns the rotation after its current token was used. Used tokens that no retry can present any more are dropped. */
export function advance(
  { current, used }: Rotation,
  { hash, ciphertext, ...by }: NextToken,
  now: Seconds,
  grace: Seconds,
): Rotation {
  const recent = used.filter((one) => isRecent(one, now, grace))
  return {
    current: hash,
    used: [...recent, { hash: current, usedAt: now, successor: ciphertext, ...by }],
  }
}

/**
 * Returns the rotation after the use of a token that is not the current one: an unanswered one, or one that the database does not have. It leads to the
 * next token, and no other token leads anywhere: a party that presents the successor of an unanswered token has intercepted it.
 */
export function advanceFrom(hash: string, next: NextToken, now: Seconds): Rotation {
  return advance({ current: hash, used: [] }, next, now, 0)
}
