import { z } from 'zod'
import { route } from '../pipeline/route.ts'

const minutes = 60 // seconds

const text = z.string().optional()

/** A public key: these members and no others, so that in tests a private one could not slip out. */
const publicKey = z.strictObject({
  kty: z.enum(['EC', 'RSA', 'OKP', 'AKP']),
  alg: text,
  kid: text,
  use: text,
  key_ops: z.array(z.string()).readonly().optional(),
  crv: text,
  x: text,
  y: text,
  n: text,
  e: text,
  pub: text,
})

/** The keys that tokens are checked with (RFC 7517, section 5). */
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
  cacheFor: 5 * minutes, // a withdrawn key is believed that much longer; far below the least keys.publication_lead
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

/**
 * What this server is and where its parts are (RFC 8414, section 2). There is no OAuth endpoint yet, so the lists that
 * the standard requires are empty rather than left to their defaults, which would promise a code flow.
 */
export const metadata = route({
  method: 'GET',
  path: '/.well-known/oauth-authorization-server',
  summary: 'What this authorization server offers',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.strictObject({
    issuer: z.string(),
    jwks_uri: z.string(),
    status_list_aggregation_endpoint: z.string(),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
  }),
  cacheFor: 5 * minutes,
  cors: 'any',
  failures: [],
  example: {
    answer: {
      issuer: 'https://auth.example.com',
      jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
      status_list_aggregation_endpoint: 'https://auth.example.com/status-lists',
      response_types_supported: [],
      grant_types_supported: [],
    },
  },

  handle: ({ runtime: { issuer } }) => ({
    issuer: issuer.url,
    jwks_uri: `${issuer.url}/.well-known/jwks.json`,
    status_list_aggregation_endpoint: `${issuer.url}/status-lists`,
    response_types_supported: [],
    grant_types_supported: [],
  }),
})
