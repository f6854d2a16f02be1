import type { AuditLogTables, AuditLogTx } from '../audit-log/audit-log.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { isInProduction } from './in-production.ts'
import { assertNoSampleUser, type SampleUserDeps } from './sample-user.ts'

/**
 * Marks a database as one of production, for good: the first time, the audit log records it, and development refuses the database from then on.
 * If development starts at the same moment, either its sample user is added before the mark, and the second check finds it, or it is not added.
 * Fails with `default_password`.
 */
export async function beginProduction(
  deps: RecordDeps & {
    readonly store: Transactions<AuditLogTx> & AuditLogTables & SampleUserDeps['store']
    readonly hasher: SampleUserDeps['hasher']
  },
): Promise<void> {
  const { store } = deps
  await assertNoSampleUser(deps)
  if (await isInProduction(store)) return
  await store.transaction(async (tx) => {
    await tx.lock('production')
    if (await isInProduction(tx)) return
    await recordEvents(deps, tx, { type: 'production_begun', facts: {} })
  })
  await assertNoSampleUser(deps)
}
