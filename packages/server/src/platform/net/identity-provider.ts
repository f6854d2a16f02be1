import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type {
  AuthorizationCodeGrantChecks,
  ClientAuth,
  Configuration,
  CustomFetch,
  IDToken,
} from 'openid-client'
import {
  isSubject,
  type IdentityProvider,
  type ProviderPolicy,
  type UpstreamAnswer,
  type UpstreamRequest,
  type UpstreamUser,
} from '../../domain/federation/identity-provider.ts'
import type { OAuthEndpoints } from '../../domain/federation/provider-presets.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import { createUpstreamFetch, UpstreamUnavailable, type UpstreamFetch } from './upstream-fetch.ts'
import { AnswerRefused, readOAuthUser } from './oauth-user.ts'

const loadLibrary = () => import('openid-client') // loaded when the first user signs in with a provider

/** The options of {@link createIdentityProvider}. */
export interface ProviderOptions {
  readonly name: string
  readonly title: string
  readonly issuer: string
  /** The endpoints of a provider without OpenID Connect. */
  readonly endpoints: OAuthEndpoints | undefined
  readonly clientId: string
  readonly clientSecret: Secret
  readonly scopes: readonly string[]
  readonly verifiesEmails: boolean
  readonly policy: ProviderPolicy
  readonly clock: Clock
  /** Replaced by tests. */
  readonly fetch?: UpstreamFetch
}

/** A provider with its library configured. */
interface Connection {
  readonly client: typeof import('openid-client')
  readonly config: Configuration
}

const metadataSeconds = 3_600 // a provider that moves its endpoints keeps the old ones longer

/**
 * Makes an identity provider of OpenID Connect, or of OAuth 2.0 with an endpoint that names the user, through the library `openid-client`. It checks state,
 * issuer (RFC 9207) and PKCE, and of an ID token the signature, issuer, audience, times and nonce. No token of the provider is kept.
 */
export function createIdentityProvider(options: ProviderOptions): IdentityProvider {
  const { name, title, policy, scopes, endpoints } = options
  const connect = createConnector(options)
  return {
    name,
    title,
    policy,

    async authorizationUrl({ redirectUri, state, nonce, verifier }, again) {
      const { client, config } = await connect()
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopes.join(' '),
        state: state.reveal(),
        code_challenge: await client.calculatePKCECodeChallenge(verifier.reveal()),
        code_challenge_method: 'S256',
        ...(!endpoints && { nonce: nonce.reveal() }),
        ...(again && !endpoints && { prompt: 'login' }),
      })
      return url.href
    },

    async readAnswer(query, request) {
      const connection = await connect()
      try {
        return { kind: 'user', user: await exchange(options, connection, query, request) }
      } catch (error) {
        return refusalOf(name, connection, error)
      }
    },
  }
}

/** Makes the function that returns the provider's configuration, which is read again after an hour, and after a failure. */
function createConnector(options: ProviderOptions): () => Promise<Connection> {
  const { name, clock } = options
  let current: { readonly connection: Promise<Connection>; readonly until: Seconds } | undefined
  return async () => {
    const now = clock.now()
    if (!current || now >= current.until || now < current.until - metadataSeconds)
      current = { connection: configure(options), until: now + metadataSeconds }
    const mine = current
    try {
      return await mine.connection
    } catch (cause) {
      if (current === mine) current = undefined
      throw unavailable(name, cause)
    }
  }
}

async function configure(options: ProviderOptions): Promise<Connection> {
  const { issuer, endpoints, clientId, clientSecret, clock } = options
  const client = await loadLibrary()
  const fetch = options.fetch ?? createUpstreamFetch(issuer)
  const metadata = {
    [client.clockSkew]: clock.now() - Math.floor(Date.now() / 1000), // the library reads the clock of the machine
    [client.clockTolerance]: 30, // seconds
  }
  const isPlain = issuer.startsWith('http:') // on this machine: see the setting
  const send: CustomFetch = (url, request) => fetch(url, request)
  const secret = clientSecret.reveal()
  const [byPost, byHeader] = [client.ClientSecretPost(secret), client.ClientSecretBasic(secret)]
  const authentication: ClientAuth = (server, ...rest) => {
    const { token_endpoint_auth_methods_supported: supported } = server // without it the method is Basic (OpenID Connect Discovery, section 3)
    const hasPost = endpoints !== undefined || supported?.includes('client_secret_post') // preferred: servers decode Basic differently
    return (hasPost ? byPost : byHeader)(server, ...rest)
  }
  if (endpoints) {
    const { issuer: named, authorization, token } = endpoints
    const server = { issuer: named, authorization_endpoint: authorization, token_endpoint: token }
    const config = new client.Configuration(server, clientId, metadata, authentication)
    config[client.customFetch] = send
    if (isPlain) client.allowInsecureRequests(config)
    return { client, config }
  }
  const config = await client.discovery(new URL(issuer), clientId, metadata, authentication, {
    [client.customFetch]: send,
    execute: [
      client.enableNonRepudiationChecks,
      ...(isPlain ? [client.allowInsecureRequests] : []),
    ],
  })
  return { client, config }
}

/** Exchanges the code for tokens, and returns the user that they name. */
async function exchange(
  options: ProviderOptions,
  connection: Connection,
  query: URLSearchParams,
  { redirectUri, state, nonce, verifier }: UpstreamRequest,
): Promise<UpstreamUser> {
  const { client, config } = connection
  const { endpoints, verifiesEmails } = options
  const checks: AuthorizationCodeGrantChecks = {
    expectedState: state.reveal(),
    pkceCodeVerifier: verifier.reveal(),
    ...(!endpoints && { expectedNonce: nonce.reveal(), idTokenExpected: true }),
  }
  const url = new URL(`${redirectUri}?${query}`)
  const tokens = await client.authorizationCodeGrant(config, url, checks)
  const { access_token: token } = tokens
  if (endpoints)
    return readOAuthUser(options.issuer, endpoints, (target) =>
      client.fetchProtectedResource(config, token, target, 'GET'),
    )
  const claims = tokens.claims()
  if (claims?.iss !== config.serverMetadata().issuer) throw new AnswerRefused('issuer_differs')
  if (!isSubject(claims.sub)) throw new AnswerRefused('subject_malformed')
  return openIdUser(connection, claims, token, verifiesEmails)
}

/** Returns the user of an ID token; the provider may name the address only at its userinfo endpoint. */
async function openIdUser(
  { client, config }: Connection,
  claims: IDToken,
  token: string,
  verifiesEmails: boolean,
): Promise<UpstreamUser> {
  const { userinfo_endpoint: userinfo } = config.serverMetadata()
  const isNamed = claims['email'] !== undefined || userinfo === undefined
  const user = isNamed ? claims : await client.fetchUserInfo(config, token, claims.sub)
  const { email, email_verified: isVerified, preferred_username: username } = user
  const hasEmail = verifiesEmails && isVerified === true && typeof email === 'string'
  return {
    issuer: claims.iss,
    subject: claims.sub,
    verifiedEmail: hasEmail ? email : null,
    suggestedName: typeof username === 'string' ? username : null,
  }
}

/** Converts an error of the exchange: the user declined, the answer is refused, or the provider fails. The texts of the provider are not passed on. */
function refusalOf(name: string, { client }: Connection, error: unknown): UpstreamAnswer {
  if (error instanceof AnswerRefused) return { kind: 'refused', problem: error.message }
  if (error instanceof client.AuthorizationResponseError)
    return error.error === 'access_denied'
      ? { kind: 'declined' }
      : { kind: 'refused', problem: wordOf(error.error) }
  if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant')
    return { kind: 'refused', problem: 'invalid_grant' }
  const isRefused =
    error instanceof client.ClientError && !(error.cause instanceof UpstreamUnavailable)
  if (!isRefused) throw unavailable(name, error)
  return { kind: 'refused', problem: problemOf(error) }
}

/** Names what is wrong with an answer by the library's code and the claim, such as `oauth_jwt_claim_comparison_failed nonce`. */
function problemOf(error: { readonly code?: unknown; readonly cause?: unknown }): string {
  const cause = error.cause instanceof Error ? error.cause.cause : undefined
  const claim =
    typeof cause === 'object' && cause !== null && 'claim' in cause ? wordOf(cause.claim) : ''
  return `${wordOf(error.code)} ${claim}`.trim()
}

function wordOf(value: unknown): string {
  return typeof value === 'string' && /^\w{1,64}$/.test(value) ? value.toLowerCase() : 'unknown'
}

function unavailable(provider: string, error: unknown) {
  const cause =
    error instanceof Error && error.cause instanceof UpstreamUnavailable ? error.cause : error
  const problem = cause instanceof UpstreamUnavailable ? cause.message : nameOf(cause)
  return fail('provider_unavailable', { facts: { provider, problem }, cause: error })
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('error' in error && typeof error.error === 'string') return wordOf(error.error) // such as invalid_client
  return 'code' in error ? wordOf(error.code) : error.name
}
