import type { Seconds } from '@countersign/token/internal'
import { stateOf, type Session } from './session.ts'

/** A refresh token that was traded for its successor a moment ago. */
export interface UsedToken {
  readonly hash: string
  readonly usedAt: Seconds
  /** Its successor, sealed under it. */
  readonly successor: string
}

/** Where a session's refresh tokens stand: the hash of the one that is good, and those used so lately that a retry may bring them back. */
export interface Rotation {
  readonly current: string
  /** Oldest first. */
  readonly used: readonly UsedToken[]
}

/** What to do with a refresh token that somebody presented. */
export type Verdict = 'rotate' | 'repeat' | 'expired' | 'ended' | 'stolen' | 'hasty'

const maxUsedTokens = 16 // tokens used within one grace; no client is honest that needs more

/**
 * Judges a presented refresh token, by the hash of its secret. Pure: no clock, no store, no randomness.
 *
 * A token is good for one use. A second use within `grace` seconds is taken for a retry whose first answer got lost; a later
 * one means that two parties hold the token, and nobody can say which of them is the thief (RFC 9700, section 4.14.2).
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
  const lately = used.filter((one) => now - one.usedAt < grace)
  if (presented === current) return lately.length < maxUsedTokens ? 'rotate' : 'hasty'
  return lately.some(({ hash }) => hash === presented) ? 'repeat' : 'stolen'
}

/** Where a rotation stands after its current token was used. What no retry can bring back any more is forgotten. */
export function advance(
  { current, used }: Rotation,
  next: { readonly hash: string; readonly sealed: string },
  now: Seconds,
  grace: Seconds,
): Rotation {
  const lately = used.filter((one) => now - one.usedAt < grace)
  return {
    current: next.hash,
    used: [...lately, { hash: current, usedAt: now, successor: next.sealed }],
  }
}
