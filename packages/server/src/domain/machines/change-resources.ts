import { publicAlgorithms, type PublicAlgorithm, type Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs, type AdministrationTx } from '../administration/transaction-as.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { Client } from '../clients/client.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { ClientTables } from '../clients/clients.ts'
import {
  parseAudience,
  parseResourceScopes,
  parseTokenLifetime,
  type Resource,
} from '../clients/resource.ts'
import type { ResourceTables } from '../clients/resources.ts'
import { isSameSet } from '../kernel/same-set.ts'
import { readKeyRing } from '../keys/read-key-ring.ts'
import { chainOf } from '../keys/signing-key.ts'
import type { SigningKeyTables } from '../keys/signing-keys.ts'
import { endingOf } from '../sessions/end-sessions.ts'
import { revokeAccessTokens } from '../sessions/renew-tokens.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { remainingAccess } from './judge-client-access.ts'

// Machines: what service accounts and API tokens do, and what administrators do to clients and resources.

/** The dependencies of changes of resources and clients. */
export interface ResourceDeps extends RecordDeps {
  readonly store: Transactions<
    AdministrationTx & ResourceTables & ClientTables & SigningKeyTables
  > &
    ResourceTables &
    ClientTables
  readonly policies: { readonly tokens: { readonly audience: string } }
}

/** Says that a resource keeps its algorithm: for forms that do not show it. A new resource has that of the settings. */
export const keepAlgorithm = { keep: true } as const

/** The description of a resource, from an administrator. */
export interface ResourceText {
  readonly audience: string
  readonly scopes: readonly string[]
  readonly lifetime?: Seconds | null | undefined
  readonly algorithm?: string | null | typeof keepAlgorithm | undefined
  /** True if every application with a metadata document may ask users for its scopes. */
  readonly isOpen?: boolean | undefined
}

/**
 * Adds a resource, or changes the one of the same audience, so that a script can say it again: what is as it was said to be stays, and nothing is recorded. Other scopes count at once: access tokens of
 * machines for it are revoked in the same transaction, and the next ones have what is true then. Fails with `resource_unacceptable`,
 * `scope_unacceptable`, and as {@link transactionAs} does.
 */
export async function putResource(
  deps: ResourceDeps,
  {
    audience: text,
    scopes: texts,
    lifetime = null,
    algorithm = null,
    isOpen = false,
  }: ResourceText,
  by: Actor,
): Promise<Resource> {
  const { clock, random, policies } = deps
  const said = {
    audience: parseAudience(text, policies.tokens.audience),
    scopes: parseResourceScopes(texts),
    lifetime: parseTokenLifetime(lifetime),
    isOpen,
  }
  const chosen = typeof algorithm === 'object' && algorithm ? undefined : parseAlgorithm(algorithm)
  const put = await transactionAs(deps, by, async (tx) => {
    await tx.lock('clients')
    const before = await tx.resources.findByAudience(said.audience)
    const signsWith = chosen === undefined ? (before?.algorithm ?? null) : chosen
    if (signsWith && !(await hasChain(deps, tx, signsWith))) return signsWith
    const made = { id: `r_${random.bytes(16).toString('base64url')}`, createdAt: clock.now() }
    const { id, createdAt } = before ?? made
    const resource = { ...said, algorithm: signsWith, id, createdAt }
    const isSame = before !== undefined && givesSame(before, resource)
    if (isSame && before.lifetime === lifetime && before.algorithm === signsWith) {
      tx.sessions.propagateEarlier()
      return before // a script says it again
    }
    await tx.resources.put(resource)
    if (before && !isSame) await renewFor(deps, tx, before)
    const { audience, scopes } = resource
    const facts = { resource: id, audience, scopes, open: isOpen || undefined, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'resource_set', facts })
    return resource
  })
  if (typeof put === 'object') return put
  throw fail('resource_unacceptable', {
    detail: `no signing keys for ${put}; add it to keys.algorithms, restart the servers, and try again`,
  })
}

/** Returns whether the tokens of a resource may say the same, in the hands of the same. Pure. */
function givesSame(before: Resource, after: Resource): boolean {
  return isSameSet(before.scopes, after.scopes) && before.isOpen === after.isOpen
}

/** Returns whether an algorithm has signing keys that go on. Under the lock they cannot end before the resource is written, and then they stay. */
async function hasChain(
  { root }: Pick<ResourceDeps, 'root'>,
  tx: SigningKeyTables & AuditLogTx,
  algorithm: PublicAlgorithm,
): Promise<boolean> {
  await tx.lock('signing_keys')
  const { ring } = await readKeyRing({ store: tx, root })
  return chainOf(ring, algorithm).at(-1)?.retiredAt === null
}

/**
 * Removes a resource: no token is issued for it any more. In the same transaction its API tokens end, clients lose it with its scopes, and
 * their access tokens are revoked: one of the same audience that is added later revives none of them. The audience of this server itself stays,
 * without these scopes. Fails with `resource_unknown`, and as {@link transactionAs} does.
 */
export async function removeResource(deps: ResourceDeps, id: string, by: Actor): Promise<void> {
  const known = await transactionAs(deps, by, async (tx) => {
    await tx.lock('clients')
    const resource = await tx.resources.find(id)
    if (!resource) {
      tx.sessions.propagateEarlier()
      return false
    }
    const { audience } = resource
    await tx.resources.delete(id)
    const clients = await lockClientsOf(tx, resource)
    const changes: SecurityEvent[] = []
    for (const client of clients.filter(({ resources }) => resources.includes(audience))) {
      const access = await remainingAccess(tx, client, deps.policies.tokens.audience)
      await tx.clients.setAccess(client.id, access)
      const facts = { client: client.id, ...access, by: nameOf(by) }
      changes.push({ type: 'client_access_set', facts })
    }
    const of = { clients: clients.map((one) => one.id), resource: audience }
    const grants = await tx.sessions.lockGrants(of)
    const tokens = grants.filter(({ grant }) => grant?.resource === audience) // API tokens, and what users gave to applications
    const others = grants.filter((one) => !tokens.includes(one))
    const reason = 'resource_removed'
    for (const one of tokens) await tx.sessions.end(one.id, deps.clock.now(), reason)
    await revokeAccessTokens(deps, tx, others)
    const removed = { resource: id, audience, by: nameOf(by) }
    await recordEvents(
      deps,
      tx,
      { type: 'resource_removed', facts: removed },
      ...changes,
      ...tokens.map((one) => endingOf(one.userId, one.id, reason, nameOf(by))),
    )
    return true
  })
  if (!known) throw fail('resource_unknown')
}

/** Gives machines that have tokens for a resource new status indices. */
async function renewFor(
  deps: ResourceDeps,
  tx: AdministrationTx,
  { audience, isOpen }: Resource,
): Promise<void> {
  const clients = (await lockClientsOf(tx, { audience, isOpen })).map(({ id }) => id)
  await renewGrants(deps, tx, { clients, resource: audience })
}

/** Locks the clients that may ask for a resource, so that no grant begins meanwhile. */
async function lockClientsOf(
  { clients }: ClientTables,
  { audience, isOpen }: Pick<Resource, 'audience' | 'isOpen'>,
) {
  const locked: Client[] = []
  for (const one of await clients.list()) {
    const hasIt = one.resources.includes(audience) || (isOpen && isDocumentClient(one))
    const client = hasIt && (await clients.lock(one.id))
    if (client) locked.push(client)
  }
  return locked
}

/** Revokes the access tokens of grants, and ends none of them. */
export async function renewGrants(
  deps: ResourceDeps,
  tx: AdministrationTx,
  of: Parameters<AdministrationTx['sessions']['lockGrants']>[0],
): Promise<void> {
  await revokeAccessTokens(deps, tx, await tx.sessions.lockGrants(of))
}

/** Checks the algorithm of a resource's tokens. Fails with `resource_unacceptable`. */
function parseAlgorithm(text: string | null): PublicAlgorithm | null {
  const known = text === null ? null : publicAlgorithms.find((one) => one === text)
  if (known !== undefined) return known
  throw fail('resource_unacceptable', {
    detail: `the algorithm must be one of ${publicAlgorithms.join(', ')}`,
  })
}
