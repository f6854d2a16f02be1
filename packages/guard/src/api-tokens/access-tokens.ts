import type { Clock } from '@countersign/token'
import {
  apiTokenPrefix,
  parseApiToken,
  sha256,
  singleFlight,
  steadyClock,
  type Seconds,
  type Timer,
} from '@countersign/token/internal'
import { fail } from '../failures.ts'
import { keepNewest } from '../keep-newest.ts'
import type { Exchange, ExchangeOutcome } from './exchange.ts'
import { createLanes } from './lanes.ts'
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

/** The options of {@link createAccessTokens}: how API tokens are exchanged. */
export interface AccessTokensOptions extends Exchange {
  readonly clock: Clock
  readonly timer: Timer
  readonly onExchange: (outcome: ExchangeOutcome) => void
}

const maxKnown = 10_000 // API tokens that were good, some 1.5 kB each
const maxRefused = 4000 // more than are refused within a cooldown
const knownCooldown = 1 // seconds between two exchanges of a token that was good, beyond those at once
const knownAtOnce = 5 // exchanges: its rights may change several times within a second, and each change revokes its access token
const refusedCooldown = 30 // seconds until a refused token is asked about again, as for unknown keys

interface Known {
  readonly accessToken: string
  readonly exchangedAt: Seconds
  /** The number of times that it may be exchanged again before the cooldown is over. */
  readonly atOnce: number
}

/**
 * Creates the access tokens of one guard. API tokens are kept as SHA-256 hashes, and those that were good as text too, for 10 seconds. There are
 * three lanes: tokens that were good once, those that the issuer has signed, and all others. So made-up ones can neither evict good ones nor
 * use up their share of exchanges, also of those that are new to the guard.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { exchange, isGenuine, onExchange } = options
  const steady = steadyClock(options.clock)
  const recent = createRecentTokens(options.timer)
  const known = new Map<string, Known>()
  const refused = new Map<string, Seconds>() // until when
  const lanes = createLanes(steady, isGenuine)

  const flight = singleFlight(async (apiToken: string) => {
    const hash = sha256(apiToken)
    const lane = lanes.of(apiToken, known.has(hash))
    const outcome = await exchange(apiToken)
    recent.delete(apiToken) // its access token may be another now, or refused
    lane.note(outcome)
    onExchange(outcome)
    if (outcome.kind === 'exchanged')
      keepNewest(known, maxKnown, hash, toKnown(outcome.accessToken, known.get(hash), steady.now()))
    else if (outcome.kind === 'refused') {
      known.delete(hash)
      keepNewest(refused, maxRefused, hash, steady.now() + refusedCooldown)
    }
  })

  return {
    find(credential) {
      if (!isApiToken(credential)) return credential
      const accessToken = recent.find(credential)
      if (accessToken !== undefined) return accessToken
      const hash = sha256(credential)
      const found = known.get(hash)
      if (found) return recent.add(credential, found.accessToken)
      if (!parseApiToken(credential)) throw fail('api_token_malformed')
      if ((refused.get(hash) ?? 0) > steady.now()) throw fail('api_token_refused')
      throw fail('exchange_unavailable', { facts: { problem: lanes.problem() } })
    },
    load(credential) {
      if (!isApiToken(credential) || !parseApiToken(credential)) return undefined
      if (flight.isRunning(credential)) return flight(credential)
      const hash = sha256(credential)
      const found = known.get(hash)
      const now = steady.now()
      const isDue = found ? mayExchangeAgain(found, now) : (refused.get(hash) ?? 0) <= now
      if (!isDue || !lanes.of(credential, found !== undefined).admit()) return undefined
      return flight(credential)
    },
  }
}

/** Returns whether a bearer token is an API token of Countersign, well-formed or not. No JWT begins so, because `_` ends no header. */
export function isApiToken(credential: string): boolean {
  return credential.startsWith(apiTokenPrefix)
}

function toKnown(accessToken: string, before: Known | undefined, now: Seconds): Known {
  const atOnce = before && !isCool(before, now) ? before.atOnce - 1 : knownAtOnce
  return { accessToken, exchangedAt: now, atOnce }
}

function mayExchangeAgain(known: Known, now: Seconds): boolean {
  return isCool(known, now) || known.atOnce > 0
}

function isCool({ exchangedAt }: Known, now: Seconds): boolean {
  return now >= exchangedAt + knownCooldown
}
