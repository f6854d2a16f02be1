import * as z from 'zod'
import { authenticateClient } from '../../../domain/machines/authenticate-client.ts'
import { introspectToken } from '../../../domain/machines/introspect-token.ts'
import { fail } from '../../../failures.ts'
import {
  exampleClient,
  exampleClientSecret,
  exampleTime,
  exampleToken,
} from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import { clientCredentialsOf } from './client-credentials.ts'
import { clientFailures, tokenParameters } from './parameters.ts'

const answer = z.looseObject({ active: z.boolean() })

/** Returns whether a token is active, and its claims (RFC 7662). */
export const oauthIntrospect = route({
  method: 'POST',
  path: '/oauth/introspect',
  summary:
    'Say whether a token is active (RFC 7662): an access token by its status bit, or an API token. For clients, about tokens for their resources; every other token is not active',
  limit: { none: 'wrong credentials are counted by network, and right ones are not' },
  access: 'public',
  form: true,
  body: z.object(tokenParameters),
  maxBodyBytes: 32_768, // a token and an assertion of 8,192 characters each
  cors: 'none',
  answer,
  failures: clientFailures,
  example: {
    body: {
      token: exampleToken,
      client_id: exampleClient.id,
      client_secret: exampleClientSecret,
    },
    answer: {
      active: true,
      scope: 'notes:read',
      client_id: exampleClient.id,
      sub: exampleClient.id,
      aud: 'https://notes.example.com',
      iss: 'https://auth.example.com',
      exp: exampleTime + 900,
      iat: exampleTime,
      token_type: 'Bearer',
    },
  },

  async handle({ body, request, runtime, client: from }) {
    const credentials = clientCredentialsOf(request, body)
    if (credentials.kind === 'none')
      throw fail('client_unauthenticated', { facts: { problem: 'missing' } })
    const { client } = await authenticateClient(runtime, credentials, from)
    if (!body.token) throw fail('parameter_invalid', { detail: 'token is missing' })
    const facts = await introspectToken(runtime, client, body.token, from)
    return facts ? { ...facts, active: true } : { active: false }
  },
})
