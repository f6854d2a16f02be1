import type { Seconds } from '@countersign/token/internal'
import { stateOf, type Session } from './session.ts'

/** A refresh token that was exchanged for its successor within the grace. */
export interface UsedToken {
  readonly hash: string
  readonly usedAt: Seconds
  /** Its successor, encrypted under it. */
  readonly successor: string
  /** The client network that exchanged it, if known. */
  readonly network?: string | undefined
}

/** The state of a session's refresh tokens: the hash of the current one, and those used within the grace, which a retry may present again. */
export interface Rotation {
  readonly current: string
  /** Oldest first. */
  readonly used: readonly UsedToken[]
}

/** What to do with a refresh token that was presented. */
export type Verdict = 'rotate' | 'repeat' | 'expired' | 'ended' | 'stolen' | 'too_frequent'

const maxUsedTokens = 16 // within one grace; no honest client needs more

/**
 * Judges a presented refresh token, by the hash of its secret. Pure: no clock, no store, no randomness.
 *
 * A token is good for one use. A second use within `grace` seconds counts as a retry whose first answer got lost; a later
 * one means that two parties hold the token, and which of them is the thief cannot be known (RFC 9700, section 4.14.2).
 */
export function judge(
  session: Session,
  { current, used }: Rotation,
  presented: string,
  now: Seconds,
  grace: Seconds,
): Verdict {
  const state = stateOf(session, now)
  if (state !== 'alive') return state
  if (presented !== current)
    return isUsedUp({ current, used }, presented, now, grace) ? 'stolen' : 'repeat'
  const recent = used.filter((one) => isRecent(one, now, grace))
  return recent.length < maxUsedTokens ? 'rotate' : 'too_frequent'
}

/** Returns whether a token was exchanged so long ago that no honest client presents it: two parties hold it. Pure. */
export function isUsedUp(
  { current, used }: Rotation,
  presented: string,
  now: Seconds,
  grace: Seconds,
): boolean {
  const isHonest = (one: UsedToken) => one.hash === presented && isRecent(one, now, grace)
  return presented !== current && !used.some(isHonest)
}

/** Returns whether a token was used within the grace. One used later than now was used before the clock was set back, or by a clock that is ahead. */
function isRecent({ usedAt }: UsedToken, now: Seconds, grace: Seconds): boolean {
  return Math.abs(now - usedAt) < grace
}

/** Returns the rotation after its current token was used. Used tokens that no retry can present any more are dropped. */
export function advance(
  { current, used }: Rotation,
  next: {
    readonly hash: string
    readonly ciphertext: string
    readonly network?: string | undefined
  },
  now: Seconds,
  grace: Seconds,
): Rotation {
  const recent = used.filter((one) => isRecent(one, now, grace))
  return {
    current: next.hash,
    used: [
      ...recent,
      {
        hash: current,
        usedAt: now,
        successor: next.ciphertext,
        ...(next.network === undefined ? {} : { network: next.network }),
      },
    ],
  }
}
