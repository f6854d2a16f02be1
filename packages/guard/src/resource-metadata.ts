import { assertOptions, dpopAlgorithms, type NamesOf } from '@countersign/token/internal'
import { guardInvalid } from './failures.ts'

/**
 * The description of an API as a protected resource (RFC 9728).
 *
 * @example
 * import { createGuard, type ResourceOptions } from '@countersign/guard'
 *
 * const resource: ResourceOptions = { url: 'https://api.example.com', scopes: ['notes:read'], name: 'Notes' }
 * const guard = createGuard({ issuer: 'https://auth.example.com', audience: resource.url, resource })
 * console.log(guard.metadata?.url) // https://api.example.com/.well-known/oauth-protected-resource
 */
export interface ResourceOptions {
  /** Its identifier, an https URL: the `resource` that clients request tokens for (RFC 8707), and best the guard's audience too. */
  readonly url: string
  /** The scopes that its routes use. */
  readonly scopes?: readonly string[]
  /** Its name, for humans. */
  readonly name?: string
  /** The URL of its documentation for developers. */
  readonly documentation?: string
}

const names = {
  url: true,
  scopes: true,
  name: true,
  documentation: true,
} as const satisfies NamesOf<ResourceOptions>

/** The metadata document of a protected resource (RFC 9728, section 2). */
export interface ResourceMetadata {
  readonly resource: string
  readonly authorization_servers?: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  /** The algorithms of proofs: bound tokens (DPoP, RFC 9449) are accepted, and not required. */
  readonly dpop_signing_alg_values_supported: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly resource_name?: string
  readonly resource_documentation?: string
}

/** The metadata document, and where it is served. */
export interface PublishedMetadata {
  /** The path to serve it at. */
  readonly path: string
  /** Its URL, as in the challenge. */
  readonly url: string
  readonly document: ResourceMetadata
}

/**
 * Creates the metadata document of a resource and its URL: `/.well-known/oauth-protected-resource` is inserted before the path (RFC 9728,
 * section 3.1). Fails with `guard_invalid` for an identifier that is no absolute URL, or has a fragment.
 */
export function toMetadata(
  resource: ResourceOptions,
  issuers: readonly string[],
): PublishedMetadata {
  assertOptions(resource, names, (detail) => guardInvalid(`its resource: ${detail}`))
  const { url, scopes, name, documentation } = resource
  if (!URL.canParse(url) || !/^https?:/.test(url) || url.includes('#'))
    throw guardInvalid('its resource must be an https URL without a fragment')
  if (scopes?.includes('offline_access'))
    throw guardInvalid(
      'offline_access is no scope of a resource: clients decide whether to ask for it',
    )
  const { origin, pathname, search } = new URL(url)
  const path = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  const document = {
    resource: url,
    ...(issuers.length === 0 ? {} : { authorization_servers: issuers }),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    ...(scopes === undefined || scopes.length === 0 ? {} : { scopes_supported: scopes }),
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  } as const
  return Object.freeze({ path, url: `${origin}${path}${search}`, document })
}

/** The headers of the document. It is public, also for pages of other origins. */
export const metadataHeaders = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300', // seconds
  'access-control-allow-origin': '*',
} as const

/** Returns the document as it is sent. Fails with `guard_invalid` for a guard without a resource. */
export function metadataText(metadata: PublishedMetadata | undefined): string {
  if (!metadata) throw guardInvalid('it has no resource: set the option `resource`')
  return JSON.stringify(metadata.document)
}
