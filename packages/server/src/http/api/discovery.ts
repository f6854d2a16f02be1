import * as z from 'zod'
import { apiTokenKey } from '../../domain/clients/machine-secret.ts'
import { openApiOf } from '../openapi/openapi.ts'
import { route, type Route } from '../pipeline/route.ts'
import { clientAuthMethods } from './oauth/client-credentials.ts'
import { grantTypes } from './oauth/token.ts'
import { publicAlgorithms } from '@countersign/token/internal'
import { publicKey } from './schemas.ts'

// What clients and tools discover this server by: its keys, its metadata, and the description of its API.

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

/**
 * The authorization server metadata (RFC 8414, section 2). There is no authorization endpoint, so the list of response types, which is required,
 * is empty.
 */
export const metadata = route({
  method: 'GET',
  path: '/.well-known/oauth-authorization-server',
  summary: 'The metadata of this authorization server (RFC 8414)',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer: z.strictObject({
    issuer: z.string(),
    jwks_uri: z.string(),
    status_list_aggregation_endpoint: z.string(),
    token_endpoint: z.string(),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    introspection_endpoint: z.string(),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    revocation_endpoint: z.string(),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    /** The public key (Ed25519) by which guards tell API tokens of this server from made-up ones. */
    countersign_api_token_key: z.string(),
  }),
  cacheFor: 5 * minutes,
  cors: 'any',
  failures: [],
  example: {
    answer: {
      issuer: 'https://auth.example.com',
      jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
      status_list_aggregation_endpoint: 'https://auth.example.com/status-lists',
      token_endpoint: 'https://auth.example.com/oauth/token',
      token_endpoint_auth_methods_supported: clientAuthMethods,
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
      introspection_endpoint: 'https://auth.example.com/oauth/introspect',
      introspection_endpoint_auth_methods_supported: clientAuthMethods,
      introspection_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
      revocation_endpoint: 'https://auth.example.com/oauth/revoke',
      revocation_endpoint_auth_methods_supported: clientAuthMethods,
      revocation_endpoint_auth_signing_alg_values_supported: ['ES256', 'RS256'],
      response_types_supported: [],
      grant_types_supported: grantTypes,
      countersign_api_token_key: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', // RFC 8037, appendix A.2
    },
  },

  handle: ({ runtime: { issuer, root } }) => ({
    issuer: issuer.url,
    jwks_uri: `${issuer.url}/.well-known/jwks.json`,
    status_list_aggregation_endpoint: `${issuer.url}/status-lists`,
    token_endpoint: `${issuer.url}/oauth/token`,
    token_endpoint_auth_methods_supported: clientAuthMethods,
    token_endpoint_auth_signing_alg_values_supported: [...publicAlgorithms],
    introspection_endpoint: `${issuer.url}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: clientAuthMethods,
    introspection_endpoint_auth_signing_alg_values_supported: [...publicAlgorithms],
    revocation_endpoint: `${issuer.url}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    revocation_endpoint_auth_signing_alg_values_supported: [...publicAlgorithms],
    response_types_supported: [],
    grant_types_supported: grantTypes,
    countersign_api_token_key: apiTokenKey(root),
  }),
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
