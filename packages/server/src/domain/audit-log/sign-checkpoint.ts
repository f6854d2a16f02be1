import { isDeepStrictEqual } from 'node:util'
import type { Transactions } from '../kernel/transactions.ts'
import type { AuditLogTables, AuditLogTx } from './audit-log.ts'
import type { Entry } from './chain.ts'
import { createCheckpointSigner, toTuple, type Checkpoint } from './checkpoint.ts'
import { isOfType, namesOf } from './event-names.ts'
import { recordEvents, type RecordDeps } from './record-event.ts'

/**
 * Signs a checkpoint of the audit log as it is now, and stores it beside the audit log; only a copy that is kept elsewhere shows that entries
 * were removed from the end. If nothing has been recorded since the last checkpoint, returns that one.
 */
export async function signCheckpoint(
  deps: RecordDeps & { readonly store: Transactions<AuditLogTx> },
): Promise<Checkpoint> {
  const { store, clock, root } = deps
  const checkpointSigner = createCheckpointSigner(root)
  return store.transaction(async (tx) => {
    await tx.lock('audit_log')
    const heads = await tx.auditLog.heads()
    const [last] = heads
    if (last?.strand === 0 && isOfType(last.type, 'checkpoint_signed')) {
      const [known] = await tx.auditLog.checkpoints(last.seq - 1, 1)
      const stated = known && checkpointSigner.read(known.token)
      if (known && isDeepStrictEqual(stated?.map(toTuple), heads.map(toTuple))) return known
    }
    await recordEvents(deps, tx, { type: 'checkpoint_signed', facts: {} })
    // Other strands may grow meanwhile: each head is committed, and that is what a checkpoint states.
    const checkpoint = checkpointSigner.sign(await tx.auditLog.heads(), clock.now())
    await tx.auditLog.addCheckpoint(checkpoint)
    return checkpoint
  })
}

/** Returns the entry of the newest checkpoint, under its name or the earlier one; `undefined` if there is none. */
export async function lastCheckpointEntry({
  auditLog,
}: AuditLogTables): Promise<Entry | undefined> {
  const found = await Promise.all(namesOf('checkpoint_signed').map((one) => auditLog.lastOf(one)))
  return found.reduce((a, b) => ((b?.seq ?? 0) > (a?.seq ?? 0) ? b : a))
}
