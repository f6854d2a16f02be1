import type { Clock } from '@countersign/token'
import {
  sha256,
  singleFlight,
  steadyClock,
  type Seconds,
  type Timer,
} from '@countersign/token/internal'
import { backoff } from '../backoff.ts'
import { fail } from '../failures.ts'
import { keepNewest } from '../keep-newest.ts'
import { isApiToken, isWellFormedApiToken } from './api-token.ts'
import type { ExchangeOutcome } from './exchange.ts'
import { createRecentTokens } from './recent-tokens.ts'

/** The access tokens that a guard has for the API tokens of its callers. */
export interface AccessTokens {
  /**
   * Returns the access token for a credential, from memory: itself, unless it is an API token. Fails with `api_token_malformed`,
   * `api_token_refused`, and with `exchange_unavailable` if it has to be loaded first.
   */
  find(credential: string): string
  /**
   * Exchanges an API token, or joins an exchange that is running. Returns `undefined` for any other credential, and if the issuer cannot be
   * asked about this one now.
   */
  load(credential: string): Promise<void> | undefined
}

/** For a guard that accepts no API tokens. */
export const noApiTokens: AccessTokens = { find: (credential) => credential, load: () => undefined }

/** How API tokens are exchanged. */
export interface AccessTokensOptions {
  readonly clock: Clock
  readonly timer: Timer
  readonly exchange: (apiToken: string) => Promise<ExchangeOutcome>
  readonly onExchange: (outcome: ExchangeOutcome) => void
}

const maxKnown = 10_000 // API tokens that were good, some 1.5 kB each
const maxRefused = 1000 // more than are refused within a cooldown
const knownCooldown = 1 // seconds between two exchanges of a token that was good, beyond those at once
const knownAtOnce = 5 // exchanges: its rights may change several times within a second, and each change revokes its access token
const refusedCooldown = 30 // seconds until a refused token is asked about again, as for unknown keys
const [burst, perSecond] = [50, 10] // refused tokens that the issuer is asked about, however many are made up
const maxPause = 5 // seconds after a failed exchange

interface Known {
  readonly accessToken: string
  readonly exchangedAt: Seconds
  /** How often it may be exchanged again before the cooldown is over. */
  readonly atOnce: number
}

/**
 * Creates the access tokens of one guard. API tokens are kept as SHA-256 hashes, and those that were good as text too, for 10 seconds. Tokens
 * that were good once have a lane of their own, so that made-up ones can neither evict them nor use up their share of exchanges.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { exchange, onExchange } = options
  const steady = steadyClock(options.clock)
  const recent = createRecentTokens(options.timer)
  const known = new Map<string, Known>()
  const unknown = createUnknown(steady)
  const knownLane = createLane(steady)

  const flight = singleFlight(async (apiToken: string) => {
    const hash = sha256(apiToken)
    const lane = known.has(hash) ? knownLane : unknown.lane
    const outcome = await exchange(apiToken)
    recent.delete(apiToken) // its access token may be another now, or refused
    lane.note(outcome)
    onExchange(outcome)
    if (outcome.kind === 'exchanged') {
      if (lane === unknown.lane) unknown.giveBack()
      keepNewest(known, maxKnown, hash, toKnown(outcome.accessToken, known.get(hash), steady.now()))
    } else if (outcome.kind === 'refused') {
      known.delete(hash)
      unknown.refuse(hash)
    }
  })

  function mayExchange(hash: string): boolean {
    const found = known.get(hash)
    if (!found) return unknown.admit(hash)
    return (isCool(found, steady.now()) || found.atOnce > 0) && !knownLane.isPaused()
  }

  return {
    find(credential) {
      if (!isApiToken(credential)) return credential
      const accessToken = recent.find(credential)
      if (accessToken !== undefined) return accessToken
      const hash = sha256(credential)
      const found = known.get(hash)
      if (found) return recent.add(credential, found.accessToken)
      if (!isWellFormedApiToken(credential)) throw fail('api_token_malformed')
      throw unknown.failureOf(hash)
    },
    load(credential) {
      if (!isApiToken(credential) || !isWellFormedApiToken(credential)) return undefined
      if (flight.isRunning(credential)) return flight(credential)
      return mayExchange(sha256(credential)) ? flight(credential) : undefined
    },
  }
}

function toKnown(accessToken: string, before: Known | undefined, now: Seconds): Known {
  const atOnce = before && !isCool(before, now) ? before.atOnce - 1 : knownAtOnce
  return { accessToken, exchangedAt: now, atOnce }
}

function isCool({ exchangedAt }: Known, now: Seconds): boolean {
  return now >= exchangedAt + knownCooldown
}

/** API tokens that were never good: those that were refused a moment ago, and how many may be asked about. */
function createUnknown(steady: Clock) {
  const refused = new Map<string, Seconds>() // until when
  const budget = createBudget(steady)
  const lane = createLane(steady)
  const isRefused = (hash: string) => (refused.get(hash) ?? 0) > steady.now()
  return {
    lane,
    failureOf: (hash: string) =>
      isRefused(hash)
        ? fail('api_token_refused')
        : fail('exchange_unavailable', { facts: { problem: lane.problem() } }),
    admit: (hash: string) => !isRefused(hash) && !lane.isPaused() && budget.take(),
    refuse: (hash: string) => keepNewest(refused, maxRefused, hash, steady.now() + refusedCooldown),
    giveBack: budget.giveBack,
  }
}

/** A token bucket: how many tokens that may be made up the issuer is asked about. A good one gives its share back. */
function createBudget(steady: Clock) {
  let [left, filledAt] = [burst, steady.now()]
  return {
    take(): boolean {
      const now = steady.now()
      left = Math.min(burst, left + (now - filledAt) * perSecond)
      filledAt = now
      if (left < 1) return false
      left--
      return true
    },
    giveBack() {
      left = Math.min(burst, left + 1)
    },
  }
}

/** Pauses exchanges while the issuer fails, or limits its callers. */
function createLane(steady: Clock) {
  let [pausedUntil, failures] = [0, 0]
  let problem: string | undefined
  return {
    isPaused: () => steady.now() < pausedUntil,
    problem: () => problem,
    note(outcome: ExchangeOutcome) {
      if (outcome.kind === 'failed') {
        failures++
        problem = outcome.problem
        pausedUntil = steady.now() + Math.min(maxPause, backoff(failures))
      } else if (outcome.kind === 'limited') {
        problem = 'the issuer limits its callers'
        pausedUntil = steady.now() + outcome.retryAfter
      } else [failures, problem, pausedUntil] = [0, undefined, 0]
    },
  }
}
