import {
  createFetchMetadata,
  createPostForm,
  problemOf,
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
const [minRetryAfter, maxRetryAfter, usualRetryAfter] = [1, 60, 5] // seconds

/**
 * Creates the exchange of an API token for an access token (RFC 8693), at the token endpoint that the issuer's metadata name. Never over plain
 * http, except on loopback. Never rejects. Concurrent calls are not shared.
 */
export function createExchange({ issuer, audience, fetch }: ExchangeOptions) {
  const requestMetadata = createFetchMetadata(issuer, { fetch })
  let post: ReturnType<typeof createPostForm> | undefined

  return async function exchange(apiToken: string): Promise<ExchangeOutcome> {
    try {
      post ??= createPostForm((await requestMetadata()).urlIn('token_endpoint'), { fetch })
      const outcome = toOutcome(
        await post({
          grant_type: grantType,
          subject_token: apiToken,
          subject_token_type: apiTokenType,
          audience,
        }),
      )
      if (outcome.kind === 'failed') post = undefined // the endpoint may have moved
      return outcome
    } catch (error) {
      post = undefined
      return { kind: 'failed', problem: problemOf(error) }
    }
  }
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
