import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs, type AdministrationTx } from '../administration/transaction-as.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { identityScopes, parseApplication, type ApplicationText } from '../clients/application.ts'
import {
  deviceGrant,
  judgeParts,
  parseClientKeys,
  parseClientName,
  parseGrants,
  parseTrust,
  type Client,
  type Trust,
} from '../clients/client.ts'
import { newClientSecret } from '../clients/machine-secret.ts'
import { parseScopes } from '../clients/resource.ts'
import type { Secret } from '../kernel/secret.ts'
import { endGrantsIn, maxGrantsAtOnce } from '../sessions/end-sessions.ts'
import type { ResourceDeps } from './change-resources.ts'
import { newStoredSecret } from './client-secrets.ts'
import { accessFailure, judgeScopes, mayGive } from './judge-client-access.ts'

/** The description of a new client, from an administrator. */
export interface ClientText {
  readonly name: string
  readonly grants: readonly string[]
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** A JWK set of public keys, for `private_key_jwt`. */
  readonly jwks?: unknown
  readonly trust?: Trust | undefined
  /** The settings for users who sign in with it; only with the grant `authorization_code` or that of devices. */
  readonly application?: ApplicationText | undefined
}

/** Returns what is said of an application; `undefined` for a service account: an application has redirect URIs or the grant of devices. Pure. */
export function applicationOf(
  grants: readonly string[] | undefined,
  {
    redirectUris,
    ...others
  }: Omit<ApplicationText, 'redirectUris'> & {
    readonly redirectUris: readonly string[] | undefined
  },
): ApplicationText | undefined {
  if (redirectUris === undefined && !grants?.includes(deviceGrant)) return undefined
  return { ...others, redirectUris: redirectUris ?? [] }
}

/** Returns the grants, scopes and resources that a new client has unless it is said: those of an application identify its users, a service account has no scopes. Pure. */
export function defaultsOf(
  application: unknown,
  own: string,
): Pick<ClientText, 'grants' | 'scopes' | 'resources'> {
  return application === undefined
    ? { grants: ['client_credentials'], scopes: [], resources: [own] }
    : { grants: ['authorization_code'], scopes: identityScopes, resources: [own] }
}

/** A new client, and its secret unless it authenticates by keys or as a workload, or is public. The secret is shown once. */
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
  const mismatch = judgeParts(client)
  if (mismatch !== undefined) throw fail('client_unacceptable', { detail: mismatch })
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
  if (typeof verdict === 'object' || verdict === 'not_given') throw accessFailure(verdict)
  if (verdict !== 'added') throw fail(verdict)
  return { client, secret }
}

/**
 * Removes a client. Its tokens are revoked, and its users signed out of it: of an application with many, in several transactions, and the client goes
 * with the last of them, so that a removal that was interrupted can be repeated. Fails with `client_unknown`, `scope_unacceptable`, and as {@link transactionAs} does.
 */
export async function removeClient(deps: ResourceDeps, id: string, by: Actor): Promise<void> {
  for (;;) {
    const step = await transactionAs(deps, by, (tx) => removeIn(deps, tx, id, by))
    if (step === 'removed') return
    if (step === 'not_given') throw accessFailure(step)
    if (step === 'client_unknown') throw fail(step)
  }
}

/** Ends as many grants as may end in one transaction, and deletes the client if none is left. */
async function removeIn(
  deps: ResourceDeps,
  tx: AdministrationTx,
  id: string,
  actor: Actor,
): Promise<'removed' | 'more_grants' | 'client_unknown' | 'not_given'> {
  const client = await tx.clients.lock(id)
  if (!client) {
    tx.sessions.propagateEarlier()
    return 'client_unknown'
  }
  if (!(await mayGive(tx, client, actor))) return 'not_given'
  const by = nameOf(actor)
  const reason = 'client_removed'
  const endings = await endGrantsIn(deps, tx, { clientId: id, reason, by })
  if (endings.length === maxGrantsAtOnce) {
    await recordEvents(deps, tx, ...endings)
    return 'more_grants'
  }
  for (const own of await tx.sessions.lockGrants({ clients: [id] }))
    await tx.sessions.end(own.id, deps.clock.now(), reason) // that of a service account
  await tx.clients.delete(id)
  await recordEvents(deps, tx, ...endings, { type: reason, facts: { client: id, by } })
  return 'removed'
}
