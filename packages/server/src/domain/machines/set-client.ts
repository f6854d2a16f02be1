import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs, type AdministrationTx } from '../administration/transaction-as.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { parseApplicationChange, type ApplicationChange } from '../clients/application.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import { judgeParts, type Client } from '../clients/client.ts'
import { parseScopes } from '../clients/resource.ts'
import { isSameSet } from '../kernel/same-set.ts'
import { renewGrants, type ResourceDeps } from './change-resources.ts'
import { accessFailure, judgeScopes, mayGive } from './judge-client-access.ts'

/** The changes of a client; what is left out stays. */
export interface ClientChange {
  readonly scopes?: readonly string[]
  readonly resources?: readonly string[]
  /** Only of an application. */
  readonly application?: ApplicationChange
}

/**
 * Changes the scopes, the resources, or the application of a client. It counts at once: access tokens with the old scopes or resources are revoked in
 * the same transaction, and the next request for a token brings the new ones; a code that was asked for with a removed redirect URI is refused.
 * What it has already changes nothing. Fails with `client_unknown`, `client_unacceptable`, `scope_unacceptable`, `resource_unknown`, and as
 * {@link transactionAs} does.
 */
export async function setClient(
  deps: ResourceDeps,
  id: string,
  given: ClientChange,
  by: Actor,
): Promise<Client> {
  const change = parseChange(given)
  const verdict = await transactionAs(deps, by, async (tx) => {
    await tx.lock('clients')
    const before = await tx.clients.lock(id)
    if (!before) return 'client_unknown'
    if (isDocumentClient(before))
      return {
        refused: 'it may ask for the scopes of open resources, and its document says the rest',
      }
    const client = changedClient(before, change)
    if (typeof client === 'string') return { refused: client }
    const problem = await judgeScopes(tx, client, deps.policies.tokens.audience)
    if (problem) return problem
    if (!(await mayGive(tx, client, by)) || !(await mayGive(tx, before, by))) return 'not_given'
    await setAccess(deps, tx, { before, client, by })
    await setApplication(deps, tx, { before, client, by })
    return client
  })
  if (verdict === 'client_unknown') throw fail(verdict)
  if (typeof verdict === 'object' && 'refused' in verdict)
    throw fail('client_unacceptable', { detail: verdict.refused })
  if (verdict === 'not_given' || 'code' in verdict) throw accessFailure(verdict)
  return verdict
}

/** Checks what is said alone, before the client is known. */
function parseChange({ scopes, resources, application }: ClientChange) {
  return {
    access: {
      ...(scopes && { scopes: parseScopes(scopes) }),
      ...(resources && { resources: [...new Set(resources)] }),
    },
    application: application && parseApplicationChange(application),
  }
}

/** Returns the client with the change, or what does not go together. Pure. */
function changedClient(
  before: Client,
  { access, application }: ReturnType<typeof parseChange>,
): Client | string {
  if (!before.application)
    return application
      ? 'a service account has no parts of an application; add an application'
      : { ...before, ...access }
  const changed = { ...before.application, ...application }
  const client = { ...before, ...access, application: changed }
  return judgeParts(client) ?? client
}

interface Change {
  readonly before: Client
  readonly client: Client
  readonly by: Actor
}

async function setAccess(
  deps: ResourceDeps,
  tx: AdministrationTx,
  { before, client, by }: Change,
): Promise<void> {
  const { id, scopes, resources } = client
  if (isSameSet(scopes, before.scopes) && isSameSet(resources, before.resources))
    return tx.sessions.propagateEarlier() // a script says it again
  await tx.clients.setAccess(id, client)
  await renewGrants(deps, tx, { clients: [id] })
  const facts = { client: id, scopes, resources, by: nameOf(by) }
  await recordEvents(deps, tx, { type: 'client_access_set', facts })
}

async function setApplication(
  deps: ResourceDeps,
  tx: AdministrationTx,
  { before, client: { id, application }, by }: Change,
): Promise<void> {
  if (!application || JSON.stringify(application) === JSON.stringify(before.application)) return // members have one order: each is a copy of the one before
  await tx.clients.setApplication(id, application)
  const { isPublic: _, ...facts } = application
  await recordEvents(deps, tx, {
    type: 'client_application_set',
    facts: { client: id, ...facts, by: nameOf(by) },
  })
}
