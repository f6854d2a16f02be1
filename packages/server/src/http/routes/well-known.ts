import { z } from 'zod'
import { route } from '../route.ts'

const minutes = 60 // seconds

/** The keys that tokens are checked with (RFC 7517, section 5). */
export const jwks = route({
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys of this issuer',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.object({
    keys: z.array(z.object({ kty: z.string(), kid: z.string().optional() })).readonly(),
  }),
  type: 'application/jwk-set+json',
  cacheFor: 5 * minutes, // a withdrawn key is believed that much longer; far below the least keys.publication_lead
  cors: 'any',
  failures: [],

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
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
  }),
  cacheFor: 5 * minutes,
  cors: 'any',
  failures: [],

  handle: ({ runtime: { issuer } }) => ({
    issuer: issuer.url,
    jwks_uri: `${issuer.url}/.well-known/jwks.json`,
    response_types_supported: [],
    grant_types_supported: [],
  }),
})
