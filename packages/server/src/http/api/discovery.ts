import * as z from 'zod'
import { openApiOf } from '../openapi/openapi.ts'
import { route, type Route } from '../pipeline/route.ts'
import { publicKey } from './schemas.ts'

// The documents by which clients and tools discover this server: its keys, its metadata, and the description of its API.

const minutes = 60 // seconds

/** The public keys that verify tokens (RFC 7517, section 5). */
export const jwks = route({
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys of this issuer',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.object({
    keys: z.array(publicKey).readonly(),
  }),
  type: 'application/jwk-set+json',
  cacheFor: 5 * minutes, // a revoked key stays trusted for as long; far below the minimum of keys.publication_lead
  cors: 'any',
  failures: [],
  example: {
    answer: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', // the example of RFC 7515, appendix A.3
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'QY_uN0v8mPzD',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    },
  },

  handle: ({ runtime }) => runtime.issuer.published(),
})

/** The origins whose pages may use the passkeys of this server besides its own (WebAuthn Level 3, section 5.11). */
export const relatedOrigins = route({
  method: 'GET',
  path: '/.well-known/webauthn',
  summary:
    'The origins whose pages may use the passkeys of this server: its own and `cors.origins`',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.strictObject({ origins: z.array(z.string()).readonly() }),
  cacheFor: 5 * minutes,
  cors: 'any',
  failures: [],
  example: { answer: { origins: ['https://auth.example.com', 'https://app.example.com'] } },

  handle: ({ runtime }) => ({ origins: runtime.webAuthn.relyingParty.origins }),
})

/** Makes the route of the OpenAPI document. */
export function openApiRoute(routes: () => readonly Route[]) {
  return route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    limit: { none: 'it reads nothing' },
    access: 'public',
    answer: z.looseObject({ openapi: z.literal('3.1.1') }),
    cacheFor: 300,
    cors: 'any',
    failures: [],
    example: { answer: { openapi: '3.1.1' } },

    handle: ({ runtime, cookies }) => openApiOf(routes(), runtime.issuer.url, cookies.names.access),
  })
}
