import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { adminScopes, isAudience } from './resource.ts'
import type { ResourceTables } from './resources.ts'

/** The properties of access tokens for an audience. */
export interface TokenTarget {
  readonly audience: string
  /** Every scope that a token for it may have. */
  readonly scopes: ReadonlySet<string>
  readonly lifetime: Seconds
  readonly algorithm: PublicAlgorithm | null
  /** True if applications that are not registered may ask for it. */
  readonly isOpen: boolean
}

/** The reason why no token is issued for an audience of a client or an API token: it was removed, or the URL of this server has changed. */
export const noTarget =
  'this server does not have the resource; add it, or if it was the URL of this server, change the client'

/** The dependencies of {@link findTarget}. */
export interface TargetDeps {
  readonly store: ResourceTables
  readonly policies: { readonly tokens: { readonly audience: string; readonly lifetime: Seconds } }
}

/** Finds what tokens for an audience are like: a resource, or this server's own audience, which has the scopes of the admin API too. */
export async function findTarget(
  { store, policies }: TargetDeps,
  audience: string,
): Promise<TokenTarget | undefined> {
  const { audience: own, lifetime } = policies.tokens
  const resource = isAudience(audience) ? await store.resources.findByAudience(audience) : undefined
  if (!resource && audience !== own) return undefined
  const scopes = [...(resource?.scopes ?? []), ...(audience === own ? adminScopes : [])]
  return {
    audience,
    scopes: new Set(scopes),
    lifetime: resource?.lifetime ?? lifetime,
    algorithm: resource?.algorithm ?? null,
    isOpen: resource?.isOpen ?? false,
  }
}

/**
 * Judges the scopes of a request (RFC 6749, section 3.3): those that were asked for, or all that may be had. Pure. Fails with `scope_invalid` if one
 * may not be had.
 */
export function judgeScope(asked: string | undefined, may: readonly string[]): readonly string[] {
  if (asked === undefined) return may
  const wanted = [...new Set(asked.split(' '))]
  if (wanted.every((one) => may.includes(one))) return wanted
  const detail = 'the client or API token does not have the scope for this resource'
  throw fail('scope_invalid', { detail })
}
