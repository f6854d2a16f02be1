import type { Clock } from '@countersign/token'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { LockName } from '../kernel/transactions.ts'
import type { AuditLogTx } from './audit-log.ts'
import { beginningOf, chain, type Draft } from './chain.ts'
import type { SecurityEvent } from './event.ts'
import { strandOf } from './strand.ts'

const saltBytes = 32
const maxTextLength = 512 // characters of a text from outside

/** The dependencies of {@link recordEvents}, besides a transaction. */
export interface RecordDeps {
  readonly clock: Clock
  readonly random: Random
  readonly root: RootSecret
}

/**
 * Writes security events to the audit log, in the transaction of what happened: both are committed, or neither. Call it last in a
 * transaction, and once: it locks the strands of the events, in order, and other transactions with events of the same strands wait from here to
 * the commit.
 */
export async function recordEvents(
  { clock, random, root }: RecordDeps,
  tx: AuditLogTx,
  ...events: readonly SecurityEvent[]
): Promise<void> {
  if (events.length === 0) return
  const at = clock.now()
  const drafts = events.map(({ type, user, session, facts, personal }): Draft => {
    const known = Object.entries(personal ?? {}).filter(([, text]) => text !== undefined)
    const texts = known.map(([name, text]) => [name, String(text).slice(0, maxTextLength)])
    return {
      at,
      type,
      userId: user ?? null,
      sessionId: session ?? null,
      facts: JSON.stringify(facts),
      personal: known.length === 0 ? null : JSON.stringify(Object.fromEntries(texts)),
      salt: known.length === 0 ? null : random.bytes(saltBytes).toString('base64url'),
    }
  })
  const byStrand = Map.groupBy(drafts, ({ userId }) => strandOf(userId, tx.auditLog.strands))
  const key = root.key('ledger entries')
  for (const [strand, some] of [...byStrand].toSorted(([one], [other]) => one - other)) {
    await tx.lock(lockOf(strand))
    const last = (await tx.auditLog.last(strand)) ?? beginningOf(strand)
    await tx.auditLog.add(chain(key, last, some))
  }
}

/** Returns the name of the lock of a strand. That of strand 0 is the one that versions without strands take. */
function lockOf(strand: number): LockName {
  return strand === 0 ? 'audit_log' : `audit_log ${strand}`
}
