import type { Clock } from '@countersign/token'
import {
  createApiTokenVerifier,
  createFetchMetadata,
  createPostForm,
  parseApiToken,
  problemOf,
  singleFlight,
  steadyClock,
  type FormAnswer,
  type Seconds,
} from '@countersign/token/internal'

/** The issuer's answer to an API token: an access token, a refusal, or none. */
export type ExchangeOutcome =
  | { readonly kind: 'exchanged'; readonly accessToken: string }
  /** The issuer does not know the token, or it has no rights at this audience. */
  | { readonly kind: 'refused' }
  /** The issuer limits its callers. */
  | { readonly kind: 'limited'; readonly retryAfter: Seconds }
  | { readonly kind: 'failed'; readonly problem: string }

/** The issuer of API tokens, and the audience of the access tokens that they are exchanged for. */
export interface ExchangeOptions {
  readonly issuer: string
  readonly audience: string
  readonly clock: Clock
  readonly fetch: typeof fetch | undefined
}

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const apiTokenType = 'urn:countersign:params:oauth:token-type:api_token'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const refusals = new Set<unknown>([
  'invalid_request',
  'invalid_grant',
  'invalid_target',
  'invalid_scope', // it has none of the scopes that the audience has now
])
const metadataCooldown = 30 // seconds until the metadata are requested again for another key, as for unknown keys
const [minRetryAfter, maxRetryAfter, usualRetryAfter] = [1, 60, 5] // seconds

/** The exchange of API tokens for access tokens at one issuer. */
export interface Exchange {
  /** Exchanges an API token. Never rejects. Concurrent calls are not shared. */
  exchange(apiToken: string): Promise<ExchangeOutcome>
  /**
   * Returns whether the issuer has made an API token, by its signature; it may have been revoked since. False before the first exchange, and
   * if the metadata name no key for it.
   */
  isGenuine(apiToken: string): boolean
}

/**
 * Creates the exchange of an API token for an access token (RFC 8693), at the token endpoint that the issuer's metadata name. Never over plain
 * http, except on loopback.
 */
export function createExchange({ issuer, audience, clock, fetch }: ExchangeOptions): Exchange {
  const requestMetadata = createFetchMetadata(issuer, { fetch })
  const steady = steadyClock(clock)
  let requestedAt: Seconds = -Infinity
  let post: ReturnType<typeof createPostForm> | undefined
  let isSigned = createApiTokenVerifier('')

  /** Requests the metadata, once for all callers. If that fails, the endpoint and the key of before stay. */
  const discover = singleFlight(async () => {
    requestedAt = steady.now()
    const metadata = await requestMetadata()
    const found = createPostForm(metadata.urlIn('token_endpoint'), { fetch })
    isSigned = createApiTokenVerifier(metadata.textIn('countersign_api_token_key'))
    return (post = found)
  })

  function isGenuine(apiToken: string): boolean {
    const parts = parseApiToken(apiToken)
    return parts !== undefined && isSigned(parts)
  }

  /** `key reset` replaces the key. A good token that the key does not verify is a sign of that; those from before the reset are good too. */
  function followKey(apiToken: string): void {
    if (steady.now() < requestedAt + metadataCooldown || isGenuine(apiToken)) return
    discover().catch(() => undefined) // the token is good without it
  }

  async function exchange(apiToken: string): Promise<ExchangeOutcome> {
    try {
      const send = post ?? (await discover())
      const outcome = toOutcome(
        await send({
          grant_type: grantType,
          subject_token: apiToken,
          subject_token_type: apiTokenType,
          audience,
        }),
      )
      if (outcome.kind === 'exchanged') followKey(apiToken)
      if (outcome.kind === 'failed') post = undefined // the endpoint may have moved
      return outcome
    } catch (error) {
      post = undefined
      return { kind: 'failed', problem: problemOf(error) }
    }
  }

  return { exchange, isGenuine }
}

/** Classifies an answer (RFC 8693, section 2.2; RFC 6749, section 5.2). Anything unexpected is a failure, and says nothing about the token. */
function toOutcome({
  status,
  json = {},
  retryAfter = usualRetryAfter,
}: FormAnswer): ExchangeOutcome {
  if (status === 400 && refusals.has(json['error'])) return { kind: 'refused' }
  if (status === 429)
    return {
      kind: 'limited',
      retryAfter: Math.min(maxRetryAfter, Math.max(minRetryAfter, retryAfter)),
    }
  const { access_token: accessToken, issued_token_type: issued, token_type: type } = json
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer'
  if (status === 200 && typeof accessToken === 'string' && isBearer && issued === accessTokenType)
    return { kind: 'exchanged', accessToken }
  return {
    kind: 'failed',
    problem: `the token endpoint answered ${status} without an access token`,
  }
}
