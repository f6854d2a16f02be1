import type { Runtime } from '../../runtime.ts'
import type { Transaction } from '../store.ts'
import { beginning, chain, type Draft } from './chain.ts'
import type { SecurityEvent } from './event.ts'

const saltBytes = 32
const longest = 512 // characters of a text from outside

/** What recording an event takes, beside a transaction. */
export type Recording = Pick<Runtime, 'clock' | 'random' | 'root'>

/**
 * Writes security events to the audit log, inside the transaction of what they tell: both happen, or neither. Call it last in
 * a transaction, for from here to the commit all others that have something to tell wait.
 */
export async function recordEvents(
  { clock, random, root }: Recording,
  tx: Transaction,
  ...events: readonly SecurityEvent[]
): Promise<void> {
  if (events.length === 0) return
  const at = clock.now()
  const drafts = events.map(({ type, user, session, facts, personal }): Draft => {
    const kept = Object.entries(personal ?? {}).filter(([, text]) => text !== undefined)
    const texts = kept.map(([name, text]) => [name, String(text).slice(0, longest)])
    return {
      at,
      type,
      userId: user ?? null,
      sessionId: session ?? null,
      facts: JSON.stringify(facts),
      personal: kept.length === 0 ? null : JSON.stringify(Object.fromEntries(texts)),
      salt: kept.length === 0 ? null : random.bytes(saltBytes).toString('base64url'),
    }
  })
  await tx.lock('audit_log')
  const last = (await tx.auditLog.last()) ?? beginning
  await tx.auditLog.add(chain(root.key('ledger entries'), last, drafts))
}
