import * as z from 'zod'
import { revokeRefreshToken } from '../../../domain/grants/refresh-grant.ts'
import { revokeAccessToken, revokePresentedToken } from '../../../domain/machines/revoke-token.ts'
import { fail } from '../../../failures.ts'
import { exampleClient, exampleClientSecret, exampleToken } from '../../openapi/examples.ts'
import { noContent, route } from '../../pipeline/route.ts'
import { isRefreshToken } from '../../../domain/sessions/refresh-token.ts'
import { authenticateApplication } from './authenticate-application.ts'
import { clientCredentialsOf } from './client-credentials.ts'
import { clientFailures, tokenParameters } from './parameters.ts'

/** Revokes a token (RFC 7009). */
export const oauthRevoke = route({
  method: 'POST',
  path: '/oauth/revoke',
  summary:
    'Revoke an access token or a refresh token of the client that asks, with all that it was issued before (RFC 7009); or an API token, for which its holder needs no other credentials. A token that is not valid is no failure',
  limit: {
    none: 'wrong credentials and unknown tokens are counted by network, and right ones are not',
  },
  access: 'public',
  form: true,
  body: z.object(tokenParameters),
  maxBodyBytes: 32_768, // a token and an assertion of 8,192 characters each
  cors: 'any', // pages revoke their tokens here, without cookies
  answer: noContent,
  status: 200,
  failures: [...clientFailures, 'grant_not_allowed'],
  example: {
    body: {
      token: exampleToken,
      client_id: exampleClient.id,
      client_secret: exampleClientSecret,
    },
    answer: undefined,
  },

  async handle({ body, request, runtime, client: from }) {
    const { token } = body
    const isApiToken = token?.reveal().startsWith('csk_') ?? false
    if (token && isApiToken && clientCredentialsOf(request, body).kind === 'none')
      return void (await revokePresentedToken(runtime, token, from))
    const client = await authenticateApplication(runtime, { request, body, from })
    if (!token) throw fail('parameter_invalid', { detail: 'token is missing' })
    if (isApiToken) await revokePresentedToken(runtime, token, from)
    else if (isRefreshToken(token)) await revokeRefreshToken(runtime, client, token, from)
    else await revokeAccessToken(runtime, client, token)
    return undefined
  },
})
