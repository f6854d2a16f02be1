import type { Seconds } from '@countersign/token/internal'

/** How wrong guesses at a password are slowed down. */
export interface AttemptPolicy {
  /** Wrong guesses from one place before the next one has to wait. */
  readonly free: number
  /** The longest wait, in seconds. */
  readonly maxDelay: Seconds
}

/** The wrong guesses of late, from one place or from all strange ones. */
export interface FailedAttempts {
  readonly count: number
  /** No further guess before then. */
  readonly until: Seconds
}

/** Seconds without a guess after which nothing is held against anybody. */
export const memory = 86_400

/**
 * So many times more are free for all strange places together than for one: with five that makes 100, the most that NIST SP 800-63B-4, section
 * 3.2.2, allows in a row. One place alone, slowed down by its own delay, needs a day to use them up.
 */
export const unknownNetworkFactor = 20

/** Whole seconds before the next guess is heard; 0 when it may come. */
export function waitOf(guesses: FailedAttempts | undefined, now: Seconds): Seconds {
  return guesses === undefined ? 0 : Math.max(0, Math.ceil(guesses.until - now))
}

/** The guesses with one wrong one more: the last free one costs a second, and each that follows twice as much. */
export function countWrong(
  guesses: FailedAttempts | undefined,
  { free, maxDelay }: AttemptPolicy,
  now: Seconds,
): FailedAttempts {
  const count = wrongLately(guesses, now) + 1
  const delay = count < free ? 0 : Math.min(maxDelay, 2 ** (count - free))
  return { count, until: now + delay }
}

/** How many wrong guesses there were that still count. */
export function wrongLately(guesses: FailedAttempts | undefined, now: Seconds): number {
  return guesses !== undefined && now < guesses.until + memory ? guesses.count : 0
}
