import { fail } from '../../failures.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs, type AdministrationTx } from '../administration/transaction-as.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { endGrantsIn, maxGrantsAtOnce } from '../sessions/end-sessions.ts'
import type { CodeTables } from './authorization-codes.ts'
import type { DeviceCodeTables } from './device-code.ts'

type SignOutTx = AdministrationTx & CodeTables & DeviceCodeTables

/** The dependencies of {@link signOutApplication}. */
export interface SignOutApplicationDeps extends RecordDeps {
  readonly store: Transactions<SignOutTx>
}

/**
 * Signs all users out of an application, which stays: its grants end, with their status bits and logout notices, and codes that were not exchanged are
 * deleted. Of an application with many grants it takes several transactions, so that others need not wait for all of them. A grant that begins
 * meanwhile may end too; one that was there at the start has ended when this returns. If it is interrupted, it can be repeated. Returns how many
 * have ended. Fails with `client_unknown`, with `client_unacceptable` for a service account, and as {@link transactionAs} does.
 */
export async function signOutApplication(
  deps: SignOutApplicationDeps,
  id: string,
  by: Actor,
): Promise<number> {
  let ended = 0
  for (;;) {
    const isFirst = ended === 0
    const step = await transactionAs(deps, by, (tx) =>
      signOutIn(deps, tx, { id, by: nameOf(by), isFirst }),
    )
    if (step === 'client_unknown') throw fail(step)
    if (step === 'service_account')
      throw fail('client_unacceptable', { detail: 'a service account has no users' })
    ended += step
    if (step < maxGrantsAtOnce) return ended
  }
}

async function signOutIn(
  deps: SignOutApplicationDeps,
  tx: SignOutTx,
  {
    id,
    by,
    isFirst,
  }: { readonly id: string; readonly by: string | undefined; readonly isFirst: boolean },
): Promise<number | 'client_unknown' | 'service_account'> {
  const client = await tx.clients.lock(id)
  if (!client) return 'client_unknown'
  if (!client.application) return 'service_account'
  const ending = { clientId: id, reason: 'ended_by_administrator', by } as const
  if (isFirst) {
    await tx.authorizationCodes.deleteUnused({ clientId: id })
    await tx.deviceCodes.deleteUnused({ clientId: id })
  }
  const endings = await endGrantsIn(deps, tx, ending)
  const cause = { type: 'client_users_signed_out', facts: { client: id, by } } as const
  await recordEvents(deps, tx, ...(isFirst ? [cause] : []), ...endings)
  return endings.length
}
