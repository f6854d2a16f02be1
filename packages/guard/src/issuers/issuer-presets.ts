import type { ClaimMapping } from '../claim-mapping.ts'
import type { TrustedIssuer } from './issuer-context.ts'

/**
 * The settings that the tokens of an issuer need, beside its URL and the audience.
 *
 * @example
 * import { createGuard, type IssuerPreset } from '@countersign/guard'
 *
 * const duende: IssuerPreset = { mapping: { scopes: 'scope', roles: 'role' } } // scope as a list
 * export const guard = createGuard({ issuer: 'https://identity.example.com', audience: 'notes', ...duende })
 */
export type IssuerPreset = Pick<TrustedIssuer, 'type' | 'required' | 'subject' | 'mapping'>

/**
 * The settings for the access tokens of well-known issuers: `typ`, required claims, and where scopes and roles are. They never set an issuer,
 * an audience or an algorithm. docs/guides/bring-your-own-issuer.md says for each what else keeps other tokens away.
 *
 * @example
 * import { createGuard, issuerPresets } from '@countersign/guard'
 *
 * export const guard = createGuard({
 *   issuer: 'https://example.okta.com/oauth2/default',
 *   audience: 'api://default',
 *   ...issuerPresets.okta,
 * })
 */
export const issuerPresets = {
  /** Auth0's own profile, with the permissions of its roles as scopes. */
  auth0: { type: 'JWT', required: ['iat'], mapping: { scopes: ['scope', 'permissions'] } },
  /** The JWT plugin of better-auth. */
  betterAuth: { type: 'JWT or none', required: ['iat'], mapping: { roles: 'role' } },
  /** Cloudflare Access. Service tokens have an empty `sub` and a `common_name`. */
  cloudflare: {
    type: 'JWT or none',
    required: ['iat'],
    subject: ({ sub, common_name: client }) =>
      sub === '' && typeof client === 'string' ? `service:${client}` : sub,
  },
  /** Microsoft Entra ID: delegated permissions as scopes, application roles as roles. */
  entra: { type: 'JWT', required: ['iat'], mapping: { scopes: 'scp', roles: 'roles' } },
  /** ID tokens of Firebase Authentication, which it uses as access tokens. */
  firebase: { type: 'JWT', required: ['iat', 'auth_time'] },
  githubActions: { type: 'JWT' },
  /** Keycloak, with the roles of the realm; {@link keycloakClient} has those of one client. */
  keycloak: { type: 'JWT', mapping: { roles: ({ realm_access: access }) => rolesIn(access) } },
  /** Service accounts of Kubernetes. */
  kubernetes: { type: 'JWT or none', required: ['iat'] },
  /** A custom authorization server of Okta, with groups as roles. */
  okta: { type: 'JWT or none', mapping: { scopes: 'scp', roles: 'groups' } },
  /** Supabase Auth: `role` is the role of the database, such as `authenticated`. */
  supabase: { type: 'JWT', required: ['iat'], mapping: { roles: 'role' } },
} as const satisfies Readonly<Record<string, IssuerPreset>>

/**
 * Returns the settings for Keycloak with the roles of one client (`resource_access`) in place of those of the realm: the two may have the same
 * names, so only one kind is read.
 *
 * @example
 * import { createGuard, keycloakClient } from '@countersign/guard'
 *
 * export const guard = createGuard({
 *   issuer: 'https://sso.example.com/realms/example',
 *   audience: 'notes-api',
 *   ...keycloakClient('notes-api'),
 * })
 */
export function keycloakClient(client: string): IssuerPreset {
  const mapping: ClaimMapping = {
    roles: ({ resource_access: access }) => rolesIn(memberOf(access, client)),
  }
  return { ...issuerPresets.keycloak, mapping }
}

const rolesIn = (access: unknown) => memberOf(access, 'roles')

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
  return isObject ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
