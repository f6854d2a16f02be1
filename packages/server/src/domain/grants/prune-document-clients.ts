import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Log } from '../kernel/ports.ts'
import type { Transactions } from '../kernel/transactions.ts'

/** The dependencies of {@link pruneDocumentClients}. */
export interface PruneClientDeps extends RecordDeps {
  readonly store: Transactions<ClientTables & AuditLogTx> & ClientTables
  readonly log: Log
}

const maxAtOnce = 100 // the next run deletes more

/**
 * Deletes applications with a metadata document of which no user has a grant any more, and none has had one for as long as ended sessions are kept. The
 * next user who agrees adds it again. Each is locked before it is judged, as when a user agrees: a code that was just made keeps its client.
 */
export async function pruneDocumentClients(deps: PruneClientDeps): Promise<void> {
  const { store, log } = deps
  let clients = 0
  for (const id of await store.clients.listUnused(maxAtOnce)) {
    const isDeleted = await store.transaction(async (tx) => {
      if (!(await tx.clients.lock(id)) || !(await tx.clients.deleteUnused(id))) return false
      await recordEvents(deps, tx, { type: 'client_removed', facts: { client: id } })
      return true
    })
    if (isDeleted) clients++
  }
  if (clients > 0) log.info({ clients }, 'unused applications with a metadata document are deleted')
}
