import { isCountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import { hasFormerStatus } from '../authentication/access-token.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { Client } from '../clients/client.ts'
import type { ResourceTables } from '../clients/resources.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import { endSessionIn } from '../sessions/end-sessions.ts'
import { revokeAccessTokens } from '../sessions/renew-tokens.ts'
import { findPresented, type ExchangeDeps } from './exchange-api-token.ts'
import { verifyFor, type IntrospectDeps } from './introspect-token.ts'

/** The dependencies of {@link revokeAccessToken}. */
export interface RevokeDeps extends RecordDeps, IntrospectDeps {}

/**
 * Revokes an access token of the client that asks (RFC 7009), and with it all that it was issued before, which share a status index. A
 * token that is not valid is no failure. Fails with `grant_not_allowed` for a token that was issued to another client.
 */
export async function revokeAccessToken(
  deps: RevokeDeps,
  client: Client,
  token: Secret,
): Promise<void> {
  const { store } = deps
  const resources = isDocumentClient(client) ? await openAudiences(store) : client.resources
  const verified = verifyFor(deps, { resources }, token)
  if (!verified) return
  if (verified.claims['client_id'] !== client.id)
    throw fail('grant_not_allowed', { detail: 'the token was issued to another client' })
  await store.transaction(async (tx) => {
    await tx.clients.lock(client.id)
    const { sid, sub } = verified.claims
    const own = sub === client.id ? await tx.sessions.findGrantOf(client.id) : undefined
    const grant = await tx.sessions.lock(own?.id ?? String(sid ?? ''))
    if (grant?.grant?.clientId !== client.id || grant.endedAt !== null)
      return tx.sessions.propagateEarlier()
    if (hasFormerStatus(verified.claims, grant)) return tx.sessions.propagateEarlier() // revoked already
    await revokeAccessTokens(deps, tx, [grant])
    await recordEvents(deps, tx, {
      type: 'client_tokens_revoked',
      session: grant.id,
      facts: { client: client.id },
    })
  })
}

/** Returns what an application with a metadata document may have tokens for. */
async function openAudiences({ resources }: ResourceTables): Promise<readonly string[]> {
  return (await resources.list()).filter((one) => one.isOpen).map((one) => one.audience)
}

/** Ends an API token for its holder, which may be a program that has found it where it was leaked. One that is not valid is no failure. */
export async function revokePresentedToken(
  deps: ExchangeDeps & RecordDeps,
  token: Secret,
  from: ClientInfo,
): Promise<void> {
  try {
    const { session } = await findPresented(deps, token, from)
    const { id, userId } = session
    await deps.store.transaction((tx) =>
      endSessionIn(deps, tx, { userId, id, reason: 'revoked_by_holder' }),
    )
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'grant_invalid') throw error
    if (error.facts['problem'] === 'ended')
      await deps.store.transaction(async (tx) => tx.sessions.propagateEarlier())
  }
}
