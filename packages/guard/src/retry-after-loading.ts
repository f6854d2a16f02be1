import { isCountersignError, type CountersignError } from '@countersign/token'
import { isApiToken } from './api-tokens/access-tokens.ts'
import type { RouteRequirements } from './authorize.ts'
import { toDenied, type Decision } from './decision.ts'
import type { Issuers } from './issuers/issuers.ts'
import type { TokenStatus } from './revocation/check-revocation.ts'

/** The data that may be loaded for a token, each of it once. */
export type Loadable = 'access token' | 'keys' | 'status list' | 'legacy user'

/** A failed attempt to admit a token. */
export interface FailedAttempt {
  /** The token, or the API token in its place. */
  readonly credential: string
  readonly requirements: RouteRequirements | undefined
  /** The status of the token, when its revocation check failed. */
  readonly status: TokenStatus | undefined
  readonly loaded: readonly Loadable[]
}

type DecideToken<C> = (
  credential: string,
  requirements: RouteRequirements | undefined,
  loaded: readonly Loadable[],
) => Decision<C> | Promise<Decision<C>>

/**
 * Decides after a failed attempt. Retries once after exchanging an API token, once after refreshing keys, and once after loading the status
 * list; every other failure is a denial. Throws what is not a failure of the token.
 */
export function retryAfterLoading<C>(
  error: unknown,
  { credential, requirements, status, loaded }: FailedAttempt,
  { issuers, decideToken }: { readonly issuers: Issuers; readonly decideToken: DecideToken<C> },
): Decision<C> | Promise<Decision<C>> {
  // a bug, not a bad token: the framework answers 500 and the request is not admitted
  if (!isCountersignError(error) || error.code === 'guard_invalid') throw error
  const missing = missingFor(error, credential, loaded)
  if (missing === undefined) return toDenied(error)
  const loading = load(missing, { credential, status, issuers })
  const next = () => decideToken(credential, requirements, [...loaded, missing])
  if (!loading) return missing === 'status list' ? next() : toDenied(error)
  const retry = (failure: unknown) => {
    if (failure !== undefined && !isCountersignError(failure)) throw failure
    return next()
  }
  return loading.then(retry, retry)
}

function load(
  missing: Loadable,
  {
    credential,
    status,
    issuers,
  }: Pick<FailedAttempt, 'credential' | 'status'> & { readonly issuers: Issuers },
): Promise<void> | undefined {
  switch (missing) {
    case 'access token':
      return issuers.accessTokens.load(credential)
    case 'keys':
      return issuers.issuerFor(issuers.accessTokens.find(credential)).verifier.refreshKeys?.()
    case 'status list':
      return status?.list.refresh()
    case 'legacy user':
      return issuers.issuerFor(credential).loadUser?.(credential)
  }
}

const codesWithoutKey = ['key_unknown', 'key_set_unavailable', 'issuer_mismatch'] as const
const codesOfIssuer = ['key_set_unavailable', 'issuer_mismatch', 'api_token_malformed'] as const

/**
 * Returns what may be missing in memory. An API token whose access token fails for any reason of its own is exchanged again: it has expired, or
 * it was revoked because the rights of the API token changed.
 */
function missingFor(
  { code }: CountersignError,
  credential: string,
  loaded: readonly Loadable[],
): Loadable | undefined {
  const missing = (what: Loadable) => !loaded.includes(what)
  if (loaded.includes('status list') && !isApiToken(credential)) return undefined
  if (code === 'legacy_user_unavailable') return missing('legacy user') ? 'legacy user' : undefined
  if (code === 'revocation_unknown') return missing('status list') ? 'status list' : undefined
  if (codesWithoutKey.some((one) => one === code) && missing('keys')) return 'keys'
  if (!isApiToken(credential) || codesOfIssuer.some((one) => one === code)) return undefined
  return missing('access token') ? 'access token' : undefined
}
