import type { Transactions } from '../kernel/transactions.ts'
import type { AuditLogTx, Erasure } from './audit-log.ts'
import { recordEvents, type RecordDeps } from './record-event.ts'

/**
 * Erases IP addresses and user agents from entries of the audit log, together with the salts that prove them, so that they cannot be guessed
 * afterwards. The chain stays intact, and the erasure is an entry of its own. Returns how many entries changed.
 */
export async function erasePersonalData(
  deps: RecordDeps & { readonly store: Transactions<AuditLogTx> },
  whose: Erasure,
  by: string,
): Promise<number> {
  return deps.store.transaction(async (tx) => {
    const entries = await tx.auditLog.erase(whose)
    const user = 'user' in whose ? whose.user : undefined
    const type = 'personal_data_erased'
    if (entries > 0) await recordEvents(deps, tx, { type, user, facts: { entries, by } })
    return entries
  })
}
