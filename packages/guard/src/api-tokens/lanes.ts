import type { Clock } from '@countersign/token'
import { backoff } from '../backoff.ts'
import type { ExchangeOutcome } from './exchange.ts'

const maxPause = 5 // seconds after a failed exchange

/** The number of refused tokens that the issuer is asked about: at once, and per second. */
const budgets = {
  genuine: [500, 100], // revoked and expired ones: an attacker has had an account for each hundred
  madeUp: [50, 10], // any number can be made up
} as const

const isFull =
  'this guard has asked about too many API tokens that the issuer refused, and asks about a few a second'

/**
 * Creates the lanes of a guard: for API tokens that were good once, for those that the issuer has signed, and for all others. One that is full or
 * paused delays no other.
 */
export function createLanes(steady: Clock, isGenuine: (apiToken: string) => boolean) {
  const known = createLane(steady, [Number.POSITIVE_INFINITY, 0]) // each token has a limit of its own
  const genuine = createLane(steady, budgets.genuine)
  const madeUp = createLane(steady, budgets.madeUp)
  return {
    /** Returns the lane of an API token. Of one that is not known, the signature is verified. */
    of(apiToken: string, isKnown: boolean) {
      if (isKnown) return known
      return isGenuine(apiToken) ? genuine : madeUp
    },
    /** Returns why the issuer cannot be asked about new tokens now, if it cannot. */
    problem: () => genuine.problem() ?? madeUp.problem(),
  }
}

/**
 * The exchanges of one kind of tokens. They have a budget, a token bucket, to which those that were good give their share back; and they pause while
 * the issuer fails, or limits its callers.
 */
function createLane(steady: Clock, [burst, perSecond]: readonly [number, number]) {
  let [left, filledAt] = [burst, steady.now()]
  let [pausedUntil, failures] = [0, 0]
  let problem = ''
  /** Fills the bucket up to now, and returns why no exchange begins, if none does. */
  function hindrance(now: number): string | undefined {
    left = Math.min(burst, left + (now - filledAt) * perSecond)
    filledAt = now
    if (now < pausedUntil) return problem
    return left < 1 ? isFull : undefined
  }
  return {
    problem: () => hindrance(steady.now()),
    admit(): boolean {
      if (hindrance(steady.now()) !== undefined) return false
      left--
      return true
    },
    note(outcome: ExchangeOutcome) {
      if (outcome.kind === 'failed') {
        failures++
        problem = outcome.problem
        pausedUntil = steady.now() + Math.min(maxPause, backoff(failures))
      } else if (outcome.kind === 'limited') {
        problem = 'the issuer limits its callers'
        pausedUntil = steady.now() + outcome.retryAfter
      } else [failures, pausedUntil] = [0, 0]
      if (outcome.kind === 'exchanged') left = Math.min(burst, left + 1)
    },
  }
}
