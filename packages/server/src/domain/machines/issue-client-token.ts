import type { Clock, Signer } from '@countersign/token'
import { smallDifference } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { statusClaim } from '../authentication/access-token.ts'
import { isLive } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { ResourceTables } from '../clients/resources.ts'
import { confirmationOf, useProof, type Proof } from '../clients/proof.ts'
import {
  findTarget,
  judgeScope,
  noTarget,
  type TargetDeps,
  type TokenTarget,
} from '../clients/target.ts'
import type { Random, Stopwatch, TokenIssuer, Tracer } from '../kernel/ports.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { assignStatusIndex } from '../revocation/assign-status-index.ts'
import type { StatusIndex } from '../revocation/status-list.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTables, SessionTx } from '../sessions/sessions.ts'
import type { AuthenticatedClient } from './authenticate-client.ts'

/** The dependencies of issuing tokens to machines. */
export interface MachineTokenDeps extends TargetDeps {
  readonly store: Transactions<SessionTx & ClientTables & AuditLogTx> &
    SessionTables &
    ClientTables &
    ResourceTables
  readonly clock: Clock
  readonly random: Random
  readonly issuer: Pick<TokenIssuer, 'url' | 'signerFor'>
  readonly stopwatch: Stopwatch
  readonly tracer: Tracer
}

/** An access token of a machine. */
export interface MachineToken {
  readonly accessToken: string
  readonly expiresIn: number
  readonly scopes: readonly string[]
  /** `DPoP` if it is bound to a key (RFC 9449, section 5). */
  readonly tokenType: 'Bearer' | 'DPoP'
}

/** The parameters of a request for a token; `resource` is the audience. */
export interface TokenRequest {
  readonly resource?: string | undefined
  readonly scope?: string | undefined
  /** Binds the token to the key of the proof. */
  readonly proof?: Proof | undefined
}

/**
 * Issues an access token to an authenticated service account (RFC 6749, section 4.4; RFC 9068). Its subject is the client itself, whose id is no
 * user's. Fails with `grant_not_allowed`, `target_invalid`, `scope_invalid` and `dpop_proof_invalid`.
 */
export async function issueClientToken(
  deps: MachineTokenDeps,
  { client: { id, grants }, secretId }: AuthenticatedClient,
  { resource, scope, proof }: TokenRequest,
): Promise<MachineToken> {
  if (!grants.includes('client_credentials'))
    throw fail('grant_not_allowed', { detail: 'it does not have the grant client_credentials' })
  const grant = await ensureGrant(deps, id)
  // Read after the status index: if the scopes change in between, or a secret is replaced that has leaked, the token has the old index, and is revoked.
  const client = grant && (await deps.store.clients.find(id))
  if (!client) throw fail('client_unauthenticated', { facts: { problem: 'removed' } })
  if (secretId !== undefined && !(await isSecretLive(deps, id, secretId)))
    throw fail('client_unauthenticated', { facts: { problem: 'secret_replaced' } })
  const audience = judgeAudience(resource, client.resources)
  const target = await findTarget(deps, audience)
  if (!target) throw fail('target_invalid', { detail: noTarget })
  const scopes = judgeScope(
    scope,
    client.scopes.filter((one) => target.scopes.has(one)),
  )
  await useProof(deps.store.clients, proof)
  const own = { sub: id, aud: audience, client_id: id }
  const claims = { ...own, ...scopeClaim(scopes), ...confirmationOf(proof) }
  return signFor(deps, grant, target, { claims, scopes, lifetime: target.lifetime })
}

/** Judges the audience of a request: the one that it names, or the only one of the service account. Pure. Fails with `target_invalid`. */
function judgeAudience(asked: string | undefined, resources: readonly string[]): string {
  const audience = asked ?? (resources.length === 1 ? resources[0] : undefined)
  if (audience === undefined)
    throw fail('target_invalid', {
      detail: 'resource is missing, and the service account does not have exactly one',
    })
  if (resources.includes(audience)) return audience
  const difference = smallDifference(audience, resources)
  const detail = `the service account does not have this resource${difference ? `: ${difference}` : ''}`
  throw fail('target_invalid', { detail })
}

async function isSecretLive(
  { store, clock }: Pick<MachineTokenDeps, 'store' | 'clock'>,
  clientId: string,
  secretId: string,
): Promise<boolean> {
  const now = clock.now()
  const secrets = await store.clients.secrets(clientId)
  return secrets.some(({ secret }) => secret.id === secretId && isLive(secret, now))
}

/** Returns the claim `scope`, none without scopes (RFC 9068, section 2.2.3). */
export function scopeClaim(scopes: readonly string[]): { readonly scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}

/** Signs an access token of a grant, whose status index it carries, with the algorithm of its target. */
export function signFor(
  { issuer, stopwatch, tracer }: Pick<MachineTokenDeps, 'issuer' | 'stopwatch' | 'tracer'>,
  { status }: Pick<Session, 'status'>,
  { algorithm }: Pick<TokenTarget, 'algorithm'>,
  {
    claims,
    scopes,
    lifetime,
  }: {
    readonly claims: Parameters<Signer['sign']>[0]
    readonly scopes: readonly string[]
    readonly lifetime: number
  },
): MachineToken {
  const took = stopwatch()
  const all = { ...claims, ...(status && { status: statusClaim(issuer.url, status) }) }
  const accessToken = issuer.signerFor(algorithm).sign(all, lifetime)
  tracer.note('token sign', took())
  return { accessToken, expiresIn: lifetime, scopes, tokenType: claims['cnf'] ? 'DPoP' : 'Bearer' }
}

const never = 253_402_300_799 // the last second of the year 9999: a service account lives until it is removed

/** Returns the grant of a service account, which is made with its first token; `undefined` if the service account was removed. */
async function ensureGrant(deps: MachineTokenDeps, clientId: string): Promise<Session | undefined> {
  const { store, random, clock } = deps
  const known = await store.sessions.findGrantOf(clientId)
  if (known) return known
  return store.transaction(async (tx) => {
    const client = await tx.clients.lock(clientId)
    if (!client) return undefined
    const made = await tx.sessions.findGrantOf(clientId)
    if (made) return made
    const now = clock.now()
    const unindexed: Session = {
      id: `g_${random.bytes(16).toString('base64url')}`,
      userId: clientId,
      createdAt: now,
      lastUsedAt: now,
      authenticatedAt: now,
      amr: [],
      userAgent: null,
      address: null,
      idleExpiresAt: never,
      expiresAt: never,
      endedAt: null,
      endReason: null,
      status: null,
      grant: {
        kind: 'client',
        name: client.name,
        clientId,
        scopes: [],
        resource: null,
        parentId: null,
        jkt: null,
      },
    }
    const hashes = { handle: unindexed.id, secret: '' } // no secret finds it
    const take = (status: StatusIndex) => tx.sessions.add({ ...unindexed, status }, hashes)
    return { ...unindexed, status: await assignStatusIndex(deps, tx, take) }
  })
}
