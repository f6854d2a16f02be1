import * as z from 'zod'
import {
  defaultTokenLifetime,
  makeApiToken,
  revokeApiToken,
} from '../../domain/machines/api-token.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { exampleApiToken, exampleTime } from '../openapi/examples.ts'
import { recentSignInSeconds, sessionOwnerOf } from '../pipeline/access.ts'
import { noContent, route } from '../pipeline/route.ts'

const shown = z.strictObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()).readonly(),
  resource: z.string(),
  created_at: z.int(),
  /** The time at which it was last exchanged for an access token, to the minute; null if it never was. */
  last_used_at: z.int().nullable(),
  expires_at: z.int(),
})

const example = {
  id: 't_5cTq0WvYb2LkNpRs8XzA1g',
  name: 'backup script',
  scopes: ['notes:read'],
  resource: 'https://notes.example.com',
  created_at: exampleTime,
  last_used_at: null,
  expires_at: exampleTime + defaultTokenLifetime,
}

function show({ id, grant, ...session }: Session): z.input<typeof shown> {
  const { createdAt, lastUsedAt, expiresAt } = session
  return {
    id,
    name: grant?.name ?? '',
    scopes: grant?.scopes ?? [],
    resource: grant?.resource ?? '',
    created_at: createdAt,
    last_used_at: lastUsedAt === createdAt ? null : lastUsedAt,
    expires_at: expiresAt,
  }
}

/** Lists the caller's API tokens. */
export const listTokens = route({
  method: 'GET',
  path: '/me/tokens',
  summary: 'List the API tokens of the token’s user, with when they were last used and expire',
  limit: { none: 'one read' },
  access: 'user',
  answer: z.strictObject({ tokens: z.array(shown) }),
  failures: [],
  example: { answer: { tokens: [example] } },

  async handle({ runtime: { store, clock }, principal }) {
    return {
      tokens: (await store.sessions.listGrants(principal().subject, 'api_token', clock.now())).map(
        show,
      ),
    }
  },
})

/** Makes an API token for the caller. */
export const makeToken = route({
  method: 'POST',
  path: '/me/tokens',
  summary:
    'Make an API token. It is returned here and never again; `resource` is this server’s audience unless given, and `expires_in` is in seconds, by default 90 days',
  limit: 'changes-per-user',
  access: 'user',
  maxAge: recentSignInSeconds,
  body: z.strictObject({
    name: z.string().min(1).max(128),
    scopes: z.array(z.string().max(64)).max(64),
    resource: z.string().min(1).max(255).optional(),
    expires_in: z.int().optional(),
  }),
  answer: z.strictObject({ ...shown.shape, token: z.string() }),
  status: 201,
  failures: [
    'api_token_unacceptable',
    'scope_unacceptable',
    'resource_unknown',
    'api_tokens_too_many',
    'session_ended',
  ],
  example: {
    body: {
      name: 'backup script',
      scopes: ['notes:read'],
      resource: 'https://notes.example.com',
    },
    answer: { ...example, token: exampleApiToken },
  },

  async handle({ body: { expires_in, ...said }, runtime, principal }) {
    const owner = { ...sessionOwnerOf(principal()), token: principal().token.claims }
    const made = await makeApiToken(runtime, owner, { ...said, lifetime: expires_in })
    return { ...show(made.session), token: made.secret.reveal() }
  },
})

/** Revokes an API token of the caller. */
export const revokeToken = route({
  method: 'DELETE',
  path: '/me/tokens/:id',
  summary: 'Revoke an API token; every guard refuses its access tokens from then on',
  limit: 'changes-per-user',
  access: 'user',
  answer: noContent,
  failures: ['api_token_unknown', 'session_ended'],
  example: { params: { id: example.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await revokeApiToken(runtime, sessionOwnerOf(principal()), params.id)
    return undefined
  },
})
