import { z } from 'zod'
import { authenticateClient } from '../../../domain/machines/authenticate-client.ts'
import { issueClientToken, type MachineToken } from '../../../domain/machines/issue-client-token.ts'
import { fail } from '../../../failures.ts'
import { exampleClient, exampleClientSecret, exampleToken } from '../../openapi/examples.ts'
import { route } from '../../pipeline/route.ts'
import { clientCredentialsOf } from './client-credentials.ts'
import { clientParameters, text } from './parameters.ts'

/** The grants of the token endpoint, as the metadata list them. */
export const grantTypes = ['client_credentials']

const answer = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive(),
  scope: z.string().optional(),
})

/** Issues access tokens to machines (RFC 6749, section 4.4). */
export const oauthToken = route({
  method: 'POST',
  path: '/oauth/token',
  summary:
    'Issue an access token to a service account (`client_credentials`, RFC 6749) for one `resource` (RFC 8707), with the scopes of `scope` or all that it may have',
  limit: { none: 'wrong credentials are counted by client and network, and right ones are not' },
  access: 'public',
  form: true,
  body: z.object({
    grant_type: text.optional(),
    scope: text.optional(),
    resource: text.optional(),
    ...clientParameters,
  }),
  maxBodyBytes: 16_384, // an assertion has at most 8,192 characters
  cors: 'none',
  answer,
  failures: [
    'client_unauthenticated',
    'login_delayed',
    'trusted_issuer_unreachable',
    'grant_unsupported',
    'grant_not_allowed',
    'scope_invalid',
    'target_invalid',
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
    if (body.grant_type !== 'client_credentials') throw fail('grant_unsupported')
    const credentials = clientCredentialsOf(request, body)
    if (!credentials) throw fail('client_unauthenticated', { facts: { problem: 'missing' } })
    const client = await authenticateClient(runtime, credentials, from)
    return toAnswer(await issueClientToken(runtime, client, body))
  },
})

function toAnswer({ accessToken, expiresIn, scopes }: MachineToken): z.input<typeof answer> {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  }
}
