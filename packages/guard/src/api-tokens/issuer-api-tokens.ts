import type { Clock } from '@countersign/token'
import { isLoopback, type Timer } from '@countersign/token/internal'
import { guardInvalid } from '../failures.ts'
import { createAccessTokens, type AccessTokens } from './access-tokens.ts'
import { createExchange, type ExchangeOutcome } from './exchange.ts'

/** The options of an issuer whose API tokens a guard accepts, or not. */
export interface ApiTokenIssuer {
  readonly issuer: string
  readonly audience: string | readonly string[]
  readonly apiTokens?: boolean
}

/** The parts of a guard that the exchange of API tokens needs. */
export interface ApiTokenParts {
  readonly clock: Clock
  readonly timer: Timer
  readonly fetch: typeof fetch | undefined
  /** Called after each exchange of an API token. */
  readonly onExchange: (outcome: ExchangeOutcome) => void
}

/** Creates the access tokens for an issuer's API tokens, if the guard accepts them; they are for its first audience. Fails with `guard_invalid`. */
export function accessTokensOf(
  { issuer, audience, apiTokens = false }: ApiTokenIssuer,
  { clock, timer, fetch, onExchange }: ApiTokenParts,
): AccessTokens | undefined {
  if (typeof apiTokens !== 'boolean') throw guardInvalid('apiTokens must be true or false')
  if (!apiTokens) return undefined
  const { protocol, hostname } = new URL(issuer)
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw guardInvalid('apiTokens needs an issuer at https, also where allowInsecureHttp is set')
  const [first = ''] = typeof audience === 'string' ? [audience] : audience
  return createAccessTokens({
    clock,
    timer,
    ...createExchange({ issuer, audience: first, clock, fetch }),
    onExchange,
  })
}
