import { fail } from '../../failures.ts'
import { isClient, type Actor } from '../administration/actor.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { adminScopes, isAudience } from '../clients/resource.ts'
import type { ResourceTables } from '../clients/resources.ts'

/** The rules that {@link judgeScopes} and {@link mayGive} judge, for messages. */
const rules = {
  scope_unacceptable: 'each scope must be one of a resource of the service account',
  not_given:
    'a service account gives no admin scopes that it does not have itself, and changes no account with them; ask an administrator',
} as const

/** Makes the failure `scope_unacceptable`, with the rule that is broken. */
export function scopeFailure(broken: keyof typeof rules) {
  return fail('scope_unacceptable', { detail: rules[broken] })
}

/** Judges whether each resource exists, and has the scopes. The scopes of the admin API are those of this server's own audience. */
export async function judgeScopes(
  tables: ResourceTables,
  client: Access,
  own: string,
): Promise<'resource_unknown' | 'scope_unacceptable' | undefined> {
  const left = await remainingAccess(tables, client, own)
  if (left.resources.length < client.resources.length) return 'resource_unknown'
  return left.scopes.length < client.scopes.length ? 'scope_unacceptable' : undefined
}

type Access = Pick<Client, 'scopes' | 'resources'>

/** Returns what service accounts keep of their access: the resources that exist, and the scopes that one of these has. */
export async function remainingAccess(
  { resources: table }: ResourceTables,
  { scopes, resources }: Access,
  own: string,
): Promise<Access> {
  const known = new Set<string>()
  const kept: string[] = []
  for (const audience of resources) {
    const resource = isAudience(audience) ? await table.findByAudience(audience) : undefined
    if (!resource && audience !== own) continue
    kept.push(audience)
    for (const scope of resource?.scopes ?? []) known.add(scope)
    if (audience === own) for (const scope of adminScopes) known.add(scope)
  }
  return { resources: kept, scopes: scopes.filter((one) => known.has(one)) }
}

/** Returns whether an actor may give a service account its scopes, or a secret: a service account gives no admin scope that it does not have. */
export async function mayGive(
  { clients }: ClientTables,
  { scopes }: Pick<Client, 'scopes'>,
  by: Actor,
): Promise<boolean> {
  if (!isClient(by)) return true
  const own = (await clients.find(by.client))?.scopes ?? []
  return scopes.every((one) => !one.startsWith('admin:') || own.includes(one))
}
