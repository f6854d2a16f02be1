import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { identityScopes } from './application.ts'

/** An API that access tokens are for (RFC 8707): its audience, and what its tokens may say. */
export interface Resource {
  readonly id: string
  /** The `aud` of its tokens. */
  readonly audience: string
  /** Every scope that a token for it may have. */
  readonly scopes: readonly string[]
  /** Lifetime of its access tokens; null for that of the settings. */
  readonly lifetime: Seconds | null
  /** The algorithm of its access tokens; null for the first one of the settings. */
  readonly algorithm: PublicAlgorithm | null
  /** True if every application with a metadata document may ask users for its scopes. */
  readonly isOpen: boolean
  readonly createdAt: Seconds
}

const maxScopes = 64 // every access token may carry them, and HTTP headers are limited
const maxAudienceLength = 255 // characters
const [minLifetime, maxLifetime] = [10, 86_400] // seconds, as `tokens.lifetime`

/** The scope with which an API token carries the roles of its user. It is known at every resource. */
export const rolesScope = 'roles'

/** The scopes of the admin API, one for each group of its routes. Only service accounts get them. */
export const adminScopes = [
  'admin:users',
  'admin:sessions',
  'admin:invitations',
  'admin:keys',
  'admin:audit',
  'admin:clients',
] as const

/** A scope of the admin API. */
export type AdminScope = (typeof adminScopes)[number]

/** Checks scopes: at most 64, each as RFC 6749, section 3.3, of at most 64 characters. Removes duplicates. Fails with `scope_unacceptable`. */
export function parseScopes(texts: readonly string[]): readonly string[] {
  const scopes = [...new Set(texts)]
  if (scopes.length > maxScopes)
    throw fail('scope_unacceptable', { detail: `there are more than ${maxScopes}` })
  if (scopes.some((one) => !/^[\x21\x23-\x5B\x5D-\x7E]{1,64}$/.test(one)))
    throw fail('scope_unacceptable', {
      detail: 'a scope has 1 to 64 printable ASCII characters, without blanks, " and \\',
    })
  return scopes
}

/** Checks the scopes of a resource: those that have a meaning of their own cannot be given another. Fails with `scope_unacceptable`. */
export function parseResourceScopes(texts: readonly string[]): readonly string[] {
  const scopes = parseScopes(texts)
  const own: readonly string[] = [...identityScopes, rolesScope]
  const taken = (one: string) => own.includes(one) || one.startsWith('admin:')
  if (scopes.some(taken))
    throw fail('scope_unacceptable', {
      detail: `${own.join(', ')} and scopes that begin with admin: have a meaning already`,
    })
  return scopes
}

/** Returns whether a text can be an audience: printable ASCII, which every database stores. Look for no other one. Pure. */
export function isAudience(text: string): boolean {
  return text.length <= maxAudienceLength && /^[\x20-\x7E]+$/.test(text)
}

/** Checks an audience: an absolute URI without a fragment (RFC 8707, section 2), or that of this server. Fails with `resource_unacceptable`. */
export function parseAudience(text: string, own: string): string {
  if (text === own || (isAudience(text) && URL.canParse(text) && !/[\s#]/.test(text))) return text
  throw fail('resource_unacceptable', {
    detail: 'the audience must be an absolute URI without a fragment, of at most 255 characters',
  })
}

/** Checks the lifetime of access tokens in seconds. Fails with `resource_unacceptable`. */
export function parseTokenLifetime(lifetime: Seconds | null): Seconds | null {
  if (lifetime === null || (lifetime >= minLifetime && lifetime <= maxLifetime)) return lifetime
  throw fail('resource_unacceptable', { detail: 'the lifetime must be from 10s to 24h' })
}
