import { isCountersignError, type CountersignError } from '@countersign/token'
import type { RouteRequirements } from './authorize.ts'
import { toDenied, type Decision } from './decision.ts'
import type { Issuers } from './issuers/issuers.ts'
import type { TokenStatus } from './revocation/check-revocation.ts'

/** The data that was loaded for a token so far. */
export type Loaded = 'nothing' | 'keys' | 'status list'

/** A failed attempt to admit a token. */
export interface FailedAttempt {
  readonly token: string
  readonly requirements: RouteRequirements | undefined
  /** The status of the token, when its revocation check failed. */
  readonly status: TokenStatus | undefined
  readonly loaded: Loaded
}

type DecideToken<C> = (
  token: string,
  requirements: RouteRequirements | undefined,
  loaded: Loaded,
) => Decision<C> | Promise<Decision<C>>

/**
 * Decides after a failed attempt. Retries once after refreshing keys, and once after loading the status list; every other failure is a
 * denial. Throws what is not a failure of the token.
 */
export function retryAfterLoading<C>(
  error: unknown,
  { token, requirements, status, loaded }: FailedAttempt,
  { issuers, decideToken }: { readonly issuers: Issuers; readonly decideToken: DecideToken<C> },
): Decision<C> | Promise<Decision<C>> {
  // a bug, not a bad token: the framework answers 500 and the request is not admitted
  if (!isCountersignError(error) || error.code === 'guard_invalid') throw error
  const missing = missingFor(error, loaded)
  if (missing === 'nothing') return toDenied(error)
  const loading =
    missing === 'keys' ? issuers.issuerFor(token).verifier.refreshKeys?.() : status?.list.refresh()
  if (!loading)
    return missing === 'keys' ? toDenied(error) : decideToken(token, requirements, missing)
  const retry = (failure: unknown) => {
    if (failure !== undefined && !isCountersignError(failure)) throw failure
    return decideToken(token, requirements, missing)
  }
  return loading.then(retry, retry)
}

const codesWithoutKey = ['key_unknown', 'key_set_unavailable', 'issuer_mismatch'] as const

/** Returns what may be missing in memory: keys are refreshed first, then the status list, each of them once. */
function missingFor({ code }: CountersignError, loaded: Loaded): Loaded {
  if (loaded === 'status list') return 'nothing'
  if (code === 'revocation_unknown') return 'status list'
  const lacksKey = codesWithoutKey.some((one) => one === code)
  return lacksKey && loaded === 'nothing' ? 'keys' : 'nothing'
}
