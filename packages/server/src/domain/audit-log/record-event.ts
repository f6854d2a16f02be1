import type { Clock } from '@countersign/token'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { AuditLogTx } from './audit-log.ts'
import { beginning, chain, type Draft } from './chain.ts'
import type { SecurityEvent } from './event.ts'

const saltBytes = 32
const maxTextLength = 512 // characters of a text from outside

/** What recording events needs, besides a transaction. */
export interface RecordDeps {
  readonly clock: Clock
  readonly random: Random
  readonly root: RootSecret
}

/**
 * Writes security events to the audit log, in the transaction of what happened: both are committed, or neither. Call it last in a
 * transaction: it takes the lock `audit_log`, and every other transaction that records events waits from here to the commit.
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
  await tx.lock('audit_log')
  const last = (await tx.auditLog.last()) ?? beginning
  await tx.auditLog.add(chain(root.key('ledger entries'), last, drafts))
}
