import type { Seconds } from '@countersign/token/internal'

/** The policy that slows wrong passwords down. */
export interface AttemptPolicy {
  /** Wrong attempts from one network before the next one has to wait. */
  readonly free: number
  /** The longest wait. */
  readonly maxDelay: Seconds
}

/** The recent wrong attempts that count under one key: from one network, or from all unknown networks together. */
export interface FailedAttempts {
  readonly count: number
  /** No further attempt is admitted before this time. */
  readonly until: Seconds
}

/** Seconds without an attempt after which earlier failures no longer count. */
export const failureMemorySeconds = 86_400

/**
 * The factor by which all unknown networks together have more free failures than one has, and than those among them whose own delay has begun. With
 * five this makes 95 and 5: 100 together, the most that NIST SP 800-63B-4, section 3.2.2, allows in a row.
 */
export const unknownNetworkFactor = 19
export const delayedNetworkFactor = 1

/** The same for all devices together on which the user has signed in: someone who knew the password once may hold many of their cookies. */
export const trustedDevicesFactor = 4

/** Returns the whole seconds before the next attempt is admitted; 0 if it is admitted now. */
export function waitOf(attempts: FailedAttempts | undefined, now: Seconds): Seconds {
  return attempts === undefined ? 0 : Math.max(0, Math.ceil(attempts.until - now))
}

/** Counts one more failure: number `free` delays the next attempt by a second, and each further one doubles the delay. */
export function countFailure(
  attempts: FailedAttempts | undefined,
  policy: AttemptPolicy,
  now: Seconds,
): FailedAttempts {
  const count = recentFailures(attempts, now) + 1
  return { count, until: now + delayOf(count, policy) }
}

function delayOf(count: number, { free, maxDelay }: AttemptPolicy): Seconds {
  return count < free ? 0 : Math.min(maxDelay, 2 ** (count - free))
}

/**
 * Returns the attempts with a wait of at most the delay for their count: a longer one was written before the clock was set back, or by a server
 * whose clock is ahead. The same object if nothing changes.
 */
export function cutWait(
  attempts: FailedAttempts,
  policy: AttemptPolicy,
  now: Seconds,
): FailedAttempts {
  const max = now + delayOf(attempts.count, policy)
  return attempts.until > max ? { ...attempts, until: max } : attempts
}

/** Returns how many failures still count. */
export function recentFailures(attempts: FailedAttempts | undefined, now: Seconds): number {
  return attempts !== undefined && now < attempts.until + failureMemorySeconds ? attempts.count : 0
}
