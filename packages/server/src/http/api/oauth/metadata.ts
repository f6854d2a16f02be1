import { dpopAlgorithms, publicAlgorithms } from '@countersign/token/internal'
import * as z from 'zod'
import { acrValues } from '../../../domain/factors/factor-policy.ts'
import { identityScopes } from '../../../domain/clients/application.ts'
import { apiTokenKey } from '../../../domain/clients/machine-secret.ts'
import { prompts } from '../../../domain/grants/authorization-request.ts'
import { rolesScope } from '../../../domain/clients/resource.ts'
import { route } from '../../pipeline/route.ts'
import type { Services } from '../../pipeline/services.ts'
import { clientAuthMethods } from './client-credentials.ts'
import { grantTypes } from './token.ts'

const minutes = 60 // seconds
const texts = z.array(z.string())

const answer = z.strictObject({
  issuer: z.string(),
  jwks_uri: z.string(),
  status_list_aggregation_endpoint: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  pushed_authorization_request_endpoint: z.string(),
  device_authorization_endpoint: z.string(),
  token_endpoint_auth_methods_supported: texts,
  token_endpoint_auth_signing_alg_values_supported: texts,
  introspection_endpoint: z.string(),
  introspection_endpoint_auth_methods_supported: texts,
  introspection_endpoint_auth_signing_alg_values_supported: texts,
  revocation_endpoint: z.string(),
  revocation_endpoint_auth_methods_supported: texts,
  revocation_endpoint_auth_signing_alg_values_supported: texts,
  userinfo_endpoint: z.string(),
  end_session_endpoint: z.string(),
  backchannel_logout_supported: z.boolean(),
  backchannel_logout_session_supported: z.boolean(),
  response_types_supported: texts,
  response_modes_supported: texts,
  grant_types_supported: texts,
  scopes_supported: texts,
  subject_types_supported: texts,
  id_token_signing_alg_values_supported: texts,
  claims_supported: texts,
  acr_values_supported: texts,
  prompt_values_supported: texts,
  code_challenge_methods_supported: texts,
  dpop_signing_alg_values_supported: texts,
  authorization_response_iss_parameter_supported: z.boolean(),
  client_id_metadata_document_supported: z.boolean(),
  request_parameter_supported: z.boolean(),
  request_uri_parameter_supported: z.boolean(),
  claims_parameter_supported: z.boolean(),
  /** The public key (Ed25519) by which guards tell API tokens of this server from made-up ones. */
  countersign_api_token_key: z.string(),
})

/** Returns the endpoints with the ways to authenticate at them. */
function endpointsOf(url: string) {
  const signatures = [...publicAlgorithms]
  const orNone = [...clientAuthMethods, 'none'] // public clients have no secret
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    status_list_aggregation_endpoint: `${url}/status-lists`,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    pushed_authorization_request_endpoint: `${url}/oauth/par`,
    device_authorization_endpoint: `${url}/oauth/device`,
    token_endpoint_auth_methods_supported: orNone,
    token_endpoint_auth_signing_alg_values_supported: signatures,
    introspection_endpoint: `${url}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: clientAuthMethods,
    introspection_endpoint_auth_signing_alg_values_supported: signatures,
    revocation_endpoint: `${url}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: orNone,
    revocation_endpoint_auth_signing_alg_values_supported: signatures,
    userinfo_endpoint: `${url}/oauth/userinfo`,
    end_session_endpoint: `${url}/oauth/logout`,
  }
}

const claims =
  'iss sub aud exp iat auth_time nonce amr acr sid name preferred_username email email_verified roles'

/** Returns the metadata. Clients of MCP ask for `offline_access` if it is among the scopes (MCP authorization, revision 2026-07-28). */
function metadataOf(
  url: string,
  apiTokenPublicKey: string,
  algorithms: readonly string[],
  acceptsDocuments: boolean,
): z.input<typeof answer> {
  return {
    ...endpointsOf(url),
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: grantTypes,
    scopes_supported: [...identityScopes, rolesScope],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...algorithms],
    claims_supported: claims.split(' '),
    acr_values_supported: [...acrValues],
    prompt_values_supported: [...prompts],
    code_challenge_methods_supported: ['S256'],
    dpop_signing_alg_values_supported: [...dpopAlgorithms],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: acceptsDocuments,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
    countersign_api_token_key: apiTokenPublicKey,
  }
}

const exampleKey = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' // RFC 8037, appendix A.2

const shared = {
  method: 'GET',
  limit: { none: 'it reads nothing' },
  access: 'public',
  answer,
  cacheFor: 5 * minutes,
  cors: 'any',
  failures: [],
  example: {
    answer: metadataOf('https://auth.example.com', exampleKey, ['ES256', 'RS256'], false),
  },
  handle: ({ runtime: { issuer, root, policies } }: { readonly runtime: Services }) =>
    metadataOf(
      issuer.url,
      apiTokenKey(root),
      policies.keys.algorithms,
      policies.clientDocuments.hosts.length > 0, // `any` too
    ),
} as const

/** The authorization server metadata (RFC 8414, section 2). */
export const metadata = route({
  ...shared,
  path: '/.well-known/oauth-authorization-server',
  summary: 'The metadata of this authorization server (RFC 8414)',
})

/** The same for clients of OpenID Connect (OpenID Connect Discovery, section 4). */
export const openIdMetadata = route({
  ...shared,
  path: '/.well-known/openid-configuration',
  summary: 'The metadata of this OpenID provider (OpenID Connect Discovery)',
})
