import { fail } from '../../failures.ts'
import { isClient, type Actor } from '../administration/actor.ts'
import { identityScopes } from '../clients/application.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { adminScopes, isAudience, rolesScope } from '../clients/resource.ts'
import type { ResourceTables } from '../clients/resources.ts'

/** The reason why a client does not get an access: the resource or the scope that it cannot have, or that the actor may not give it. */
export type AccessRefusal =
  | { readonly code: 'resource_unknown' | 'scope_unacceptable'; readonly named: string }
  | 'not_given'

/** Makes the failure of a refusal, which names what is refused: a scope was parsed, and an audience that is not printable is not repeated. */
export function accessFailure(refusal: AccessRefusal) {
  if (refusal === 'not_given')
    return fail('scope_unacceptable', {
      detail:
        'a service account gives no admin scopes that it does not have itself, and no application the roles of its users, and changes no client that has them; ask an administrator',
    })
  const { code, named } = refusal
  if (code === 'scope_unacceptable')
    return fail(code, { detail: `${named} is a scope of none of the client's resources` })
  return fail(code, {
    detail: isAudience(named)
      ? `there is no ${named}; add it first, with \`countersign resource add\` or POST /admin/resources`
      : 'an audience is printable ASCII text',
  })
}

/** Judges whether each resource exists, and has the scopes. The scopes of the admin API are those of this server's own audience. */
export async function judgeScopes(
  tables: ResourceTables,
  client: Access,
  own: string,
): Promise<AccessRefusal | undefined> {
  const left = await remainingAccess(tables, client, own)
  const resource = client.resources.find((one) => !left.resources.includes(one))
  if (resource !== undefined) return { code: 'resource_unknown', named: resource }
  const scope = client.scopes.find((one) => !left.scopes.includes(one))
  return scope === undefined ? undefined : { code: 'scope_unacceptable', named: scope }
}

type Access = Pick<Client, 'scopes' | 'resources' | 'application'>

/** Returns what clients keep of their access: the resources that exist, and the scopes that one of these has. */
export async function remainingAccess(
  { resources: table }: ResourceTables,
  { scopes, resources, application }: Access,
  own: string,
): Promise<Omit<Access, 'application'>> {
  const known = new Set<string>(application ? [...identityScopes, rolesScope] : [])
  const kept: string[] = []
  for (const audience of resources) {
    const resource = isAudience(audience) ? await table.findByAudience(audience) : undefined
    if (!resource && audience !== own) continue
    kept.push(audience)
    for (const scope of resource?.scopes ?? []) known.add(scope)
    if (audience === own && !application) for (const scope of adminScopes) known.add(scope)
  }
  return { resources: kept, scopes: scopes.filter((one) => known.has(one)) }
}

/**
 * Returns whether an actor may make or change a client with these scopes: a service account gives no admin scope that it does not have. The scopes of the
 * token of the request count too: one that was issued with fewer must not get the others back. And it makes and changes no application that gets the
 * roles of its users: by another redirect URI, or without consent, it would get the tokens of an administrator.
 */
export async function mayGive(
  { clients }: ClientTables,
  { scopes, application }: Pick<Client, 'scopes' | 'application'>,
  by: Actor,
): Promise<boolean> {
  if (!isClient(by)) return true
  if (application && scopes.includes(rolesScope)) return false
  const own = (await clients.find(by.client))?.scopes ?? []
  const shown = by.token ? String(by.token['scope'] ?? '').split(' ') : own
  const mayGiveOne = (one: string) => own.includes(one) && shown.includes(one)
  return scopes.every((one) => !one.startsWith('admin:') || mayGiveOne(one))
}
