import type { Runtime } from '../../runtime.ts'
import { createCheckpointSigner, type Checkpoint } from './checkpoint.ts'
import { recordEvents } from './record-event.ts'

/**
 * Signs a checkpoint of the audit log as it is now, and keeps it beside the audit log; what shows entries taken off the end is a copy that is
 * kept elsewhere. When nothing has happened since the last one, answers that one.
 */
export async function signCheckpoint(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root'>,
): Promise<Checkpoint> {
  const { store, clock, root } = runtime
  const checkpointSigner = createCheckpointSigner(root)
  return store.transaction(async (tx) => {
    await tx.lock('audit_log')
    const last = await tx.auditLog.last()
    if (last?.type === 'ledger_sealed') {
      const [known] = await tx.auditLog.checkpoints(last.seq - 1, 1)
      if (known) return known
    }
    await recordEvents(runtime, tx, { type: 'ledger_sealed', facts: {} })
    const sealed = await tx.auditLog.last()
    if (!sealed) throw new Error('an entry was added and is not there')
    const checkpoint = checkpointSigner.sign(sealed, clock.now())
    await tx.auditLog.addCheckpoint(checkpoint)
    return checkpoint
  })
}
