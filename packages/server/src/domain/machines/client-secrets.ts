import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import { isLive, type ClientSecret } from '../clients/client.ts'
import type { StoredSecret } from '../clients/clients.ts'
import { newClientSecret } from '../clients/machine-secret.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import { renewGrants, type ResourceDeps } from './change-resources.ts'
import { accessFailure, mayGive } from './judge-client-access.ts'

/** A new secret, which is shown once, and the one that it follows. */
export interface SecretRotation {
  readonly secret: Secret
  readonly before: ClientSecret | undefined
}

/**
 * Gives a client another secret. The one before may be used for `overlap` more seconds, so that no request fails while programs
 * change to the new one; older ones end at once, because a client has two secrets at most. Fails with `client_unknown`, `client_unacceptable` if it is public or has keys or a trusted issuer, `scope_unacceptable`, and as
 * {@link transactionAs} does.
 */
export async function rotateClientSecret(
  deps: ResourceDeps,
  id: string,
  overlap: Seconds,
  by: Actor,
): Promise<SecretRotation> {
  const secret = newClientSecret(deps.random)
  const verdict = await transactionAs(deps, by, async (tx) => {
    const client = await tx.clients.lock(id)
    if (!client || isDocumentClient(client)) return 'client_unknown' // that of a document has no secret
    if (!(await mayGive(tx, client, by))) return 'not_given'
    if (client.jwks || client.trust || client.application?.isPublic) return 'has_no_secret'
    const now = deps.clock.now() // under the locks: waiting for them must not shorten the overlap
    const [newest, ...others] = (await tx.clients.secrets(id)).map((one) => one.secret)
    for (const one of others) await tx.clients.deleteSecret(one.id)
    if (newest && overlap <= 0) await tx.clients.deleteSecret(newest.id)
    if (overlap <= 0) await renewGrants(deps, tx, { clients: [id] }) // a secret that leaked may have got tokens
    const expiresAt = now + overlap
    const lives = newest && overlap > 0 && isLive(newest, now)
    if (lives) await tx.clients.setSecretExpiry(newest.id, expiresAt)
    await tx.clients.addSecret(newStoredSecret(deps, id, secret))
    const facts = { client: id, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'client_secret_rotated', facts })
    return { secret, before: lives ? { ...newest, expiresAt } : undefined }
  })
  if (verdict === 'not_given') throw accessFailure(verdict)
  if (verdict === 'has_no_secret')
    throw fail('client_unacceptable', {
      detail:
        'it is public, or authenticates by its own keys or a trusted issuer, and has no secret',
    })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict
}

/**
 * Ends a secret that another one has replaced, before its overlap is over. It may have leaked, so the access tokens of the client are
 * revoked in the same transaction; programs get the next ones with the new secret. Fails with `client_unknown`, with `client_secret_unknown`
 * also for the newest secret, which ends by {@link rotateClientSecret}, and as {@link transactionAs} does.
 */
export async function endClientSecret(
  deps: ResourceDeps,
  id: string,
  secretId: string,
  by: Actor,
): Promise<void> {
  const verdict = await transactionAs(deps, by, async (tx) => {
    if (!(await tx.clients.lock(id))) return 'client_unknown'
    const own = (await tx.clients.secrets(id)).map((one) => one.secret)
    const found = own.find((one) => one.id === secretId && one.expiresAt !== null)
    if (!found) return 'client_secret_unknown'
    await tx.clients.deleteSecret(found.id)
    await renewGrants(deps, tx, { clients: [id] })
    const facts = { client: id, by: nameOf(by) }
    await recordEvents(deps, tx, { type: 'client_secret_ended', facts })
    return 'ended'
  })
  if (verdict !== 'ended') throw fail(verdict)
}

/** Returns the row of a new secret, which has no end. */
export function newStoredSecret(
  { clock, random }: Pick<ResourceDeps, 'clock' | 'random'>,
  clientId: string,
  secret: Secret,
): StoredSecret {
  const id = `k_${random.bytes(16).toString('base64url')}`
  const times = { createdAt: clock.now(), expiresAt: null, lastUsedAt: null }
  return { secret: { id, clientId, ...times }, hash: hashOf(secret) }
}
