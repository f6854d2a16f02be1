import { fail } from '../../failures.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { endingOf, holdsSession, type SessionOwner } from '../sessions/end-sessions.ts'
import type { Session } from '../sessions/session.ts'
import type { SessionTx } from '../sessions/sessions.ts'
import type { CodeTables } from './authorization-codes.ts'
import type { DeviceCodeTables } from './device-code.ts'

/** The dependencies of {@link disconnectApplication}. */
export interface DisconnectDeps extends RecordDeps {
  readonly store: Transactions<SessionTx & ClientTables & CodeTables & DeviceCodeTables>
}

/** An application that a user has given access, with its grants: one for each device or browser. */
export interface ConnectedApplication {
  readonly clientId: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly connectedAt: number
  readonly lastUsedAt: number
}

/** Lists the applications of grants that are alive, the last used first. Pure. */
export function connectedApplications(grants: readonly Session[]): readonly ConnectedApplication[] {
  const byClient = Map.groupBy(grants, ({ grant }) => grant?.clientId ?? '')
  return [...byClient]
    .map(([clientId, own]) => ({
      clientId,
      name: own[0]?.grant?.name ?? '',
      scopes: [...new Set(own.flatMap(({ grant }) => grant?.scopes ?? []))],
      resources: [...new Set(own.flatMap(({ grant }) => grant?.resource ?? []))],
      connectedAt: Math.min(...own.map((one) => one.createdAt)),
      lastUsedAt: Math.max(...own.map((one) => one.lastUsedAt)),
    }))
    .toSorted((a, b) => b.lastUsedAt - a.lastUsedAt)
}

/**
 * Ends all grants of an application of the signed-in user: every API refuses its tokens at once. Codes that the application has not exchanged are
 * deleted, or it could connect again without asking. Fails with `grant_unknown` and `session_ended`.
 */
export async function disconnectApplication(
  deps: DisconnectDeps,
  owner: SessionOwner,
  clientId: string,
): Promise<void> {
  const { userId } = owner
  const verdict = await deps.store.transaction(async (tx) => {
    if (!(await holdsSession(tx, owner))) return 'session_ended'
    await tx.clients.lock(clientId) // before codes and grants, as when a code is exchanged or all users are signed out
    await tx.authorizationCodes.deleteUnused({ clientId, userId })
    await tx.deviceCodes.deleteUnused({ clientId, userId })
    const all = await tx.sessions.lockNotEnded(userId)
    const own = all.filter(
      ({ grant }) => grant?.kind === 'application' && grant.clientId === clientId,
    )
    if (own.length === 0) {
      tx.sessions.propagateEarlier()
      return 'grant_unknown'
    }
    for (const { id } of own) await tx.sessions.end(id, deps.clock.now(), 'ended_by_user')
    const endings = own.map(({ id }) => endingOf(userId, id, 'ended_by_user'))
    await recordEvents(deps, tx, ...endings)
    return 'ended'
  })
  if (verdict !== 'ended') throw fail(verdict)
}
