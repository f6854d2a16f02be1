import * as z from 'zod'
import { deviceGrant, type Client } from '../../../domain/clients/client.ts'
import { readProof, type Proof } from '../../../domain/clients/proof.ts'
import { issueGrantTokens, type GrantTokens } from '../../../domain/grants/issue-grant-tokens.ts'
import { redeemCode } from '../../../domain/grants/redeem-code.ts'
import { redeemDeviceCode } from '../../../domain/grants/redeem-device-code.ts'
import { refreshGrant } from '../../../domain/grants/refresh-grant.ts'
import { authenticateClient } from '../../../domain/machines/authenticate-client.ts'
import { exchangeApiToken } from '../../../domain/machines/exchange-api-token.ts'
import { issueClientToken, type MachineToken } from '../../../domain/machines/issue-client-token.ts'
import type { ClientInfo } from '../../../domain/kernel/client-info.ts'
import type { Secret } from '../../../domain/kernel/secret.ts'
import type { Services } from '../../pipeline/services.ts'
import { fail } from '../../../failures.ts'
import { exampleClient, exampleClientSecret, exampleToken } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import { authenticateApplication } from './authenticate-application.ts'
import { clientCredentialsOf } from './client-credentials.ts'
import { clientFailures, clientParameters, secretText, text } from './parameters.ts'

/** The grants of the token endpoint, as the metadata list them. */
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  deviceGrant,
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange',
]

/** The grants of applications, whose tokens are for users. */
const userGrants: ReadonlySet<string> = new Set([
  'authorization_code',
  'refresh_token',
  deviceGrant,
])

const exchangeType = 'urn:ietf:params:oauth:grant-type:token-exchange'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
/** The type of API tokens in a token exchange (RFC 8693, section 3). They are opaque, so none of the registered types fits. */
const apiTokenType = 'urn:countersign:params:oauth:token-type:api_token'

const answer = z.strictObject({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int().positive(),
  scope: z.string().optional(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  issued_token_type: z.literal(accessTokenType).optional(),
})

/** Issues tokens to applications and machines (RFC 6749, sections 4.1.3, 4.4 and 6). */
export const oauthToken = route({
  method: 'POST',
  path: '/oauth/token',
  summary:
    'Exchange the code (`authorization_code`, or that of a device, RFC 8628) or the refresh token of an application for tokens (RFC 6749); issue an access token to a service account (`client_credentials`) for one `resource` (RFC 8707), with the scopes of `scope` or all that it may have; or exchange an API token for one (RFC 8693), without client authentication. With a `DPoP` header the access token is bound to the key of its proof (RFC 9449)',
  limit: { none: 'wrong credentials are counted by network, and right ones are not' },
  access: 'public',
  form: true,
  body: z.object({
    grant_type: text.optional(),
    scope: text.optional(),
    resource: text.optional(),
    code: secretText.optional(),
    device_code: secretText.optional(),
    code_verifier: text.optional(),
    redirect_uri: text.optional(),
    refresh_token: secretText.optional(),
    audience: text.optional(),
    subject_token: secretText.optional(),
    subject_token_type: text.optional(),
    requested_token_type: text.optional(),
    actor_token: secretText.optional(),
    ...clientParameters,
  }),
  maxBodyBytes: 16_384, // an assertion has at most 8,192 characters
  cors: 'any', // pages exchange codes here, without cookies
  answer,
  failures: [
    ...clientFailures,
    'grant_unsupported',
    'grant_not_allowed',
    'scope_invalid',
    'target_invalid',
    'grant_invalid',
    'authorization_pending',
    'polled_too_fast',
    'authorization_denied',
    'device_code_expired',
    'refresh_too_often',
    'dpop_proof_invalid',
    'dpop_nonce_required',
  ],
  example: {
    body: {
      grant_type: 'client_credentials',
      client_id: exampleClient.id,
      client_secret: exampleClientSecret,
      resource: 'https://notes.example.com',
    },
    answer: {
      access_token: exampleToken,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'notes:read',
    },
  },

  async handle({ body, request, runtime, client: from }) {
    if (body.grant_type === undefined)
      throw fail('parameter_invalid', { detail: 'grant_type is missing' })
    if (body.grant_type === exchangeType)
      return {
        ...toAnswer(await exchange(runtime, { ...body, proof: proofOf(runtime, request) }, from)),
        issued_token_type: accessTokenType,
      } as const
    if (!grantTypes.includes(body.grant_type)) throw fail('grant_unsupported')
    if (userGrants.has(body.grant_type)) {
      const client = await authenticateApplication(runtime, { request, body, from })
      const asked = { ...body, proof: proofOf(runtime, request, client) }
      if (body.grant_type === 'refresh_token')
        return toGrantAnswer(await refresh(runtime, client, asked, from))
      if (body.grant_type === deviceGrant)
        return toGrantAnswer(await redeemDevice(runtime, client, asked))
      return toGrantAnswer(await redeem(runtime, client, asked))
    }
    const credentials = clientCredentialsOf(request, body)
    if (credentials.kind === 'none')
      throw fail('client_unauthenticated', { facts: { problem: 'missing' } })
    const client = await authenticateClient(runtime, credentials, from)
    const proof = proofOf(runtime, request)
    return toAnswer(await issueClientToken(runtime, client, { ...body, proof }))
  },
})

/** Exchanges a code. What it was asked for cannot be widened here, so `resource` may only repeat it (RFC 8707, section 2.2). */
async function redeem(
  runtime: Services,
  client: Client,
  body: GrantParameters,
): Promise<GrantTokens> {
  const { code, code_verifier: verifier, redirect_uri: redirectUri, proof } = body
  if (!code) throw fail('parameter_invalid', { detail: 'code is missing' })
  const { granted, nonce } = await redeemCode(runtime, client, {
    code,
    verifier,
    redirectUri,
    resource: body.resource,
    proof,
  })
  return issueGrantTokens(runtime, granted, { nonce, proof })
}

/** Exchanges a device code, once its user has agreed. */
async function redeemDevice(
  runtime: Services,
  client: Client,
  { device_code: code, proof }: GrantParameters,
): Promise<GrantTokens> {
  if (!code) throw fail('parameter_invalid', { detail: 'device_code is missing' })
  return issueGrantTokens(runtime, await redeemDeviceCode(runtime, client, { code, proof }), {
    proof,
  })
}

/** Exchanges a refresh token. `scope` may ask for less; the next refresh token has all again (RFC 6749, section 6). */
async function refresh(
  runtime: Services,
  client: Client,
  { refresh_token: presented, scope, resource, proof }: GrantParameters,
  from: ClientInfo,
): Promise<GrantTokens> {
  if (!presented) throw fail('parameter_invalid', { detail: 'refresh_token is missing' })
  const asked = { from, resource, scope, proof }
  const { granted, scopes } = await refreshGrant(runtime, client, presented, asked)
  return issueGrantTokens(runtime, granted, { scopes, proof })
}

function toGrantAnswer({ refreshToken, idToken, ...token }: GrantTokens): z.input<typeof answer> {
  return {
    ...toAnswer(token),
    refresh_token: refreshToken.reveal(),
    ...(idToken !== undefined && { id_token: idToken }),
  }
}

/** Returns the proof of a request to this endpoint, whose URL is the published one and never that of the `Host` header (RFC 9449, section 4.3). */
function proofOf(runtime: Services, { headers, method }: Request, client?: Client) {
  const asked = { header: headers.get('dpop'), method, url: `${runtime.issuer.url}/oauth/token` }
  return readProof(runtime, asked, client?.application)
}

interface GrantParameters {
  readonly code?: Secret | undefined
  readonly device_code?: Secret | undefined
  readonly code_verifier?: string | undefined
  readonly redirect_uri?: string | undefined
  readonly refresh_token?: Secret | undefined
  readonly resource?: string | undefined
  readonly scope?: string | undefined
  readonly proof: Proof | undefined
}

interface ExchangeParameters {
  readonly audience?: string | undefined
  readonly resource?: string | undefined
  readonly scope?: string | undefined
  readonly subject_token?: Secret | undefined
  readonly subject_token_type?: string | undefined
  readonly requested_token_type?: string | undefined
  readonly actor_token?: Secret | undefined
  readonly proof: Proof | undefined
}

/** Exchanges an API token. `audience` and `resource` mean the same here, so two that differ name two targets. */
function exchange(
  runtime: Services,
  body: ExchangeParameters,
  from: ClientInfo,
): Promise<MachineToken> {
  const { audience, resource, scope, subject_token: token, proof } = body
  if (token === undefined) throw fail('parameter_invalid', { detail: 'subject_token is missing' })
  if (body.subject_token_type !== apiTokenType)
    throw fail('parameter_invalid', { detail: `subject_token_type must be ${apiTokenType}` })
  if ((body.requested_token_type ?? accessTokenType) !== accessTokenType || body.actor_token)
    throw fail('parameter_invalid', { detail: 'only access tokens, without an actor, are issued' })
  if (audience !== undefined && resource !== undefined && audience !== resource)
    throw fail('target_invalid', { detail: 'audience and resource are not the same' })
  return exchangeApiToken(runtime, token, { resource: resource ?? audience, scope, proof }, from)
}

function toAnswer({
  accessToken,
  expiresIn,
  scopes,
  tokenType,
}: MachineToken): z.input<typeof answer> {
  return {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: expiresIn,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  }
}
