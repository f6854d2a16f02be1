import type { Runtime } from '../runtime.ts'
import { createSealer, type Checkpoint } from './checkpoint.ts'
import { recordEvents } from './record-event.ts'

/**
 * Signs a checkpoint of the ledger as it is now, and keeps it beside the ledger; what shows entries taken off the end is a copy that is
 * kept elsewhere. When nothing has happened since the last one, answers that one.
 */
export async function sealLedger(
  runtime: Pick<Runtime, 'store' | 'clock' | 'random' | 'root'>,
): Promise<Checkpoint> {
  const { store, clock, root } = runtime
  const sealer = createSealer(root)
  return store.transaction(async (tx) => {
    await tx.lock('ledger')
    const last = await tx.ledger.last()
    if (last?.type === 'ledger_sealed') {
      const [known] = await tx.ledger.checkpoints(last.seq - 1, 1)
      if (known) return known
    }
    await recordEvents(runtime, tx, { type: 'ledger_sealed', facts: {} })
    const sealed = await tx.ledger.last()
    if (!sealed) throw new Error('an entry was added and is not there')
    const checkpoint = sealer.sign(sealed, clock.now())
    await tx.ledger.addCheckpoint(checkpoint)
    return checkpoint
  })
}
