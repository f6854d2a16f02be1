import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { identityScopes, parseApplication, type ApplicationText } from '../clients/application.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import {
  parseClientKeys,
  parseClientName,
  parseGrants,
  parseTrust,
  type Client,
  type Trust,
} from '../clients/client.ts'
import { newClientSecret } from '../clients/machine-secret.ts'
import { parseScopes } from '../clients/resource.ts'
import { isSameSet } from '../kernel/same-set.ts'
import type { Secret } from '../kernel/secret.ts'
import { renewGrants, type ResourceDeps } from './change-resources.ts'
import { newStoredSecret } from './client-secrets.ts'
import { judgeScopes, mayGive, scopeFailure } from './judge-client-access.ts'

/** What an administrator says of a new service account. */
export interface ClientText {
  readonly name: string
  readonly grants: readonly string[]
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** A JWK set of public keys, for `private_key_jwt`. */
  readonly jwks?: unknown
  readonly trust?: Trust | undefined
  /** How users sign in with it; only with the grant `authorization_code`. */
  readonly application?: ApplicationText | undefined
}

/** Returns what a client has unless it is said: an application may identify its users, a service account has no scopes. Pure. */
export function defaultsOf(
  application: unknown,
  own: string,
): Pick<ClientText, 'grants' | 'scopes' | 'resources'> {
  return application === undefined
    ? { grants: ['client_credentials'], scopes: [], resources: [own] }
    : { grants: ['authorization_code'], scopes: identityScopes, resources: [own] }
}

/** A new service account, and its secret unless it authenticates by keys or as a workload. The secret is shown once. */
export interface NewClient {
  readonly client: Client
  readonly secret: Secret | undefined
}

/**
 * Adds a service account or an application. It gets a secret, unless it has keys or a trusted issuer, or is public. Fails with `client_unacceptable`, `client_taken`,
 * `scope_unacceptable`, `resource_unknown`, and as {@link transactionAs} does.
 */
export async function addClient(
  deps: ResourceDeps,
  { name, grants, scopes, resources, jwks, trust, application }: ClientText,
  by: Actor,
): Promise<NewClient> {
  const { clock, random } = deps
  const client: Client = {
    id: `c_${random.bytes(16).toString('base64url')}`,
    name: parseClientName(name),
    grants: parseGrants(grants),
    scopes: parseScopes(scopes),
    resources: [...new Set(resources)],
    jwks: jwks === undefined ? null : parseClientKeys(jwks),
    trust: trust ? parseTrust(trust) : null,
    application: application ? parseApplication(application) : null,
    createdAt: clock.now(),
  }
  assertConsistent(client)
  const isPublic = client.application?.isPublic ?? false
  const hasSecret = client.jwks === null && client.trust === null && !isPublic
  const secret = hasSecret ? newClientSecret(random) : undefined
  const verdict = await transactionAs(deps, by, async (tx) => {
    await tx.lock('clients')
    const problem = await judgeScopes(tx, client, deps.policies.tokens.audience)
    if (problem) return problem
    if (!(await mayGive(tx, client, by))) return 'not_given'
    if (!(await tx.clients.add(client))) return 'client_taken'
    if (secret) await tx.clients.addSecret(newStoredSecret(deps, client.id, secret))
    const facts = { client: client.id, scopes: client.scopes, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'client_added', facts })
    return 'added'
  })
  if (verdict === 'scope_unacceptable' || verdict === 'not_given') throw scopeFailure(verdict)
  if (verdict !== 'added') throw fail(verdict)
  return { client, secret }
}

/** Refuses what does not go together. Fails with `client_unacceptable`. */
function assertConsistent({ grants, scopes, application, ...client }: Client): void {
  const refuse = (detail: string) => fail('client_unacceptable', { detail })
  if (grants.includes('authorization_code') !== (application !== null))
    throw refuse('the grant authorization_code and redirect URIs go together')
  if (!application) return
  if (scopes.some((one) => one.startsWith('admin:')))
    throw refuse('only service accounts have scopes of the admin API')
  if (!application.isPublic) return
  if (client.jwks || client.trust) throw refuse('a public client has no keys and no trusted issuer')
  if (grants.includes('client_credentials'))
    throw refuse('a public client cannot have the grant client_credentials')
}

/**
 * Replaces the scopes and the resources of a service account. The change counts at once: access tokens with the old ones are revoked in the same
 * transaction, and the next request for a token brings the new ones. Those that it has already change nothing. Fails with `client_unknown`, `client_unacceptable` for one with a metadata document, `scope_unacceptable`, `resource_unknown`, and
 * as {@link transactionAs} does.
 */
export async function setClientAccess(
  deps: ResourceDeps,
  id: string,
  given: Partial<Pick<Client, 'scopes' | 'resources'>>,
  by: Actor,
): Promise<Client> {
  const scopes = given.scopes && parseScopes(given.scopes)
  const verdict = await transactionAs(deps, by, async (tx) => {
    await tx.lock('clients')
    const before = await tx.clients.lock(id)
    if (!before) return 'client_unknown'
    if (isDocumentClient(before)) return 'of_document'
    const resources = given.resources && [...new Set(given.resources)]
    const client = { ...before, ...(scopes && { scopes }), ...(resources && { resources }) }
    const problem = await judgeScopes(tx, client, deps.policies.tokens.audience)
    if (problem) return problem
    if (!(await mayGive(tx, client, by)) || !(await mayGive(tx, before, by))) return 'not_given'
    if (isSameSet(client.scopes, before.scopes) && isSameSet(client.resources, before.resources))
      return before // a script says it again
    await tx.clients.setAccess(id, client)
    await renewGrants(deps, tx, { clients: [id] })
    const facts = { client: id, scopes: client.scopes, resources: client.resources }
    await recordEvents(deps, tx, {
      type: 'client_access_set',
      facts: { ...facts, by: nameOf(by) },
    })
    return client
  })
  if (verdict === 'scope_unacceptable' || verdict === 'not_given') throw scopeFailure(verdict)
  if (verdict === 'of_document')
    throw fail('client_unacceptable', { detail: 'it may ask for the scopes of open resources' })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/** Removes a service account. Its tokens are revoked in the same transaction. Fails with `client_unknown`, and as {@link transactionAs} does. */
export async function removeClient(deps: ResourceDeps, id: string, by: Actor): Promise<void> {
  const known = await transactionAs(deps, by, async (tx) => {
    if (!(await tx.clients.lock(id))) return false
    for (const grant of await tx.sessions.lockGrants({ clients: [id] }))
      await tx.sessions.end(grant.id, deps.clock.now(), 'client_removed')
    await tx.clients.delete(id)
    await recordEvents(deps, tx, { type: 'client_removed', facts: { client: id, by: nameOf(by) } })
    return true
  })
  if (!known) throw fail('client_unknown')
}
