import { assertOptions, type NamesOf } from '@countersign/token/internal'
import { invalid } from './assert-options.ts'

/** What an API says of itself (RFC 9728). */
export interface ResourceOptions {
  /** Its identifier, an https URL: what clients ask tokens for (RFC 8707), and best the guard's audience too. */
  readonly url: string
  /** The scopes that its routes know. */
  readonly scopes?: readonly string[]
  /** Its name, for people. */
  readonly name?: string
  /** Where people read about it. */
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
  readonly scopes_supported?: readonly string[]
  readonly resource_name?: string
  readonly resource_documentation?: string
}

/** Where the document stands, and what it says. */
export interface PublishedMetadata {
  /** The path to serve it at. */
  readonly path: string
  /** Its address, as the challenge tells it. */
  readonly url: string
  readonly document: ResourceMetadata
}

/**
 * Makes the document of a resource and its address: `/.well-known/oauth-protected-resource` is put in front of the path (RFC 9728,
 * section 3.1). Fails with `guard_invalid` for an identifier that is no absolute URL, or has a fragment.
 */
export function toMetadata(
  resource: ResourceOptions,
  issuers: readonly string[],
): PublishedMetadata {
  assertOptions(resource, names, (detail) => invalid(`its resource: ${detail}`))
  const { url, scopes, name, documentation } = resource
  if (!URL.canParse(url) || !/^https?:/.test(url) || url.includes('#'))
    throw invalid('its resource must be an https URL without a fragment')
  const { origin, pathname, search } = new URL(url)
  const path = `/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
  const document = {
    resource: url,
    ...(issuers.length === 0 ? {} : { authorization_servers: issuers }),
    bearer_methods_supported: ['header'],
    ...(scopes === undefined || scopes.length === 0 ? {} : { scopes_supported: scopes }),
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  } as const
  return Object.freeze({ path, url: `${origin}${path}${search}`, document })
}

/** Headers of the document: anybody may read it, a page of another origin too. */
export const metadataHeaders = {
  'content-type': 'application/json',
  'cache-control': 'public, max-age=300', // seconds
  'access-control-allow-origin': '*',
} as const

/** The document as it is sent. Fails with `guard_invalid` for a guard without a resource. */
export function metadataText(metadata: PublishedMetadata | undefined): string {
  if (!metadata) throw invalid('it was given no resource to tell of')
  return JSON.stringify(metadata.document)
}
