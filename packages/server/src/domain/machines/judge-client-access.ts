import { fail } from '../../failures.ts'
import { isClient, type Actor } from '../administration/actor.ts'
import { identityScopes } from '../clients/application.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { adminScopes, isAudience, rolesScope } from '../clients/resource.ts'
import type { ResourceTables } from '../clients/resources.ts'

/** The rules that {@link judgeScopes} and {@link mayGive} judge, for messages. */
const rules = {
  resource_unknown: 'add it first, with `countersign resource add` or POST /admin/resources',
  scope_unacceptable: 'each scope must be one of a resource of the client',
  not_given:
    'a service account gives no admin scopes that it does not have itself, and changes no account with them; ask an administrator',
} as const

/** Makes the failure `resource_unknown` or `scope_unacceptable`, with the rule that is broken. */
export function accessFailure(broken: keyof typeof rules) {
  const code = broken === 'resource_unknown' ? broken : 'scope_unacceptable'
  return fail(code, { detail: rules[broken] })
}

/** Returns whether a verdict is one of the rules of {@link accessFailure}. */
export function isAccessProblem(verdict: unknown): verdict is keyof typeof rules {
  return typeof verdict === 'string' && Object.hasOwn(rules, verdict)
}

/** Judges whether each resource exists, and has the scopes. The scopes of the admin API are those of this server's own audience. */
export async function judgeScopes(
  { resources }: ResourceTables,
  client: Pick<Client, 'scopes' | 'resources' | 'application'>,
  own: string,
): Promise<'resource_unknown' | 'scope_unacceptable' | undefined> {
  const known = new Set<string>(client.application ? [...identityScopes, rolesScope] : [])
  for (const audience of client.resources) {
    const resource = isAudience(audience) ? await resources.findByAudience(audience) : undefined
    if (!resource && audience !== own) return 'resource_unknown'
    for (const scope of resource?.scopes ?? []) known.add(scope)
    if (audience === own && !client.application) for (const scope of adminScopes) known.add(scope)
  }
  return client.scopes.every((one) => known.has(one)) ? undefined : 'scope_unacceptable'
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
