import type { Clock } from '@countersign/token'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { AuditLogTables } from './audit-log.ts'
import { beginning, judgeEntry, type Fault, type Link } from './chain.ts'
import { createCheckpointSigner } from './checkpoint.ts'
import { isOfType } from './event-names.ts'

/** A fault of an audit log, and the entry where it shows first. */
export interface AuditLogFault {
  readonly seq: number
  /**
   * Besides the faults of one entry: `truncated`, entries that a checkpoint covers were removed from the end; `replaced`, an entry differs from
   * the one that a checkpoint covers; `checkpoint_missing`, the checkpoint of an entry is not there; `checkpoint_unreadable`, a checkpoint was
   * not signed by this server.
   */
  readonly fault: Fault | 'truncated' | 'replaced' | 'checkpoint_missing' | 'checkpoint_unreadable'
}

/** The result of a verification. */
export interface AuditLogReport {
  readonly entries: number
  /** Entries whose personal data has been erased. */
  readonly erased: number
  readonly checkpoints: number
  /** Entries from before the root secret was lost and replaced. */
  readonly unverifiable: number
  readonly fault: AuditLogFault | undefined
}

/** What verifying the audit log needs. */
export interface VerifyDeps {
  readonly store: AuditLogTables
  readonly root: RootSecret
  readonly clock: Clock
}

type Reads = Omit<VerifyDeps, 'clock'>

const pageSize = 1000 // entries, about 500 kB

/**
 * Verifies the whole audit log, page by page: the chain, the checkpoints beside it, and checkpoints that were `kept` elsewhere.
 * Returns the first fault; calls `progress` with the number of entries verified so far.
 */
export async function verifyAuditLog(
  { store, root }: Reads,
  kept: readonly string[],
  progress: (entries: number) => void,
): Promise<AuditLogReport> {
  const key = root.key('ledger entries')
  const start = await startOf(store)
  const { witnesses, beside } = await readCheckpoints({ store, root }, start.seq, kept)
  const witnessed = Map.groupBy(witnesses, ({ seq }) => seq)
  let [previous, erased]: [Link, number] = [start, 0]
  const report = (seq: number, fault?: AuditLogFault['fault']): AuditLogReport => ({
    entries: previous.seq - start.seq,
    unverifiable: start.seq,
    erased,
    checkpoints: witnesses.length,
    fault: fault && { seq, fault },
  })
  const unreadable = witnesses.find(({ mac }) => mac === undefined)
  if (unreadable) return report(unreadable.seq, 'checkpoint_unreadable')
  for (let more = true; more;) {
    const page = await store.auditLog.page(previous.seq, pageSize)
    for (const entry of page) {
      const { seq, mac, type, commitment, personal } = entry
      const verdict = judgeEntry(key, previous, entry)
      if (verdict !== 'fits') return report(previous.seq + 1, verdict)
      if (witnessed.get(seq)?.some((one) => one.mac !== mac)) return report(seq, 'replaced')
      if (isOfType(type, 'checkpoint_signed') && !beside.has(seq))
        return report(seq, 'checkpoint_missing')
      if (commitment !== null && personal === null) erased++
      previous = entry
    }
    progress(previous.seq)
    more = page.length === pageSize
  }
  const last = previous.seq
  return witnesses.some(({ seq }) => seq > last) ? report(last + 1, 'truncated') : report(last)
}

/** Returns where verification begins: after the entries under a lost root secret. Only the new root secret could have written that it was replaced. */
async function startOf(store: AuditLogTables): Promise<Link> {
  const replaced = await store.auditLog.lastOf('root_replaced')
  return (replaced && (await store.auditLog.find(replaced.seq - 1))) ?? beginning
}

/** What a checkpoint states of an entry; without `mac` if this server has not signed it. */
interface Witness {
  readonly seq: number
  readonly mac: string | undefined
}

/** Reads all checkpoints before any entry, so that every entry they mention must exist by then. */
async function readCheckpoints(
  { store, root }: Reads,
  after: number,
  kept: readonly string[],
): Promise<{ readonly witnesses: readonly Witness[]; readonly beside: ReadonlySet<number> }> {
  const checkpointSigner = createCheckpointSigner(root)
  const witnesses = kept.map(
    (token): Witness => checkpointSigner.read(token) ?? { seq: 0, mac: undefined },
  )
  const beside = new Set<number>()
  for (let from = after, more = true; more;) {
    const page = await store.auditLog.checkpoints(from, pageSize)
    for (const { seq, token } of page) {
      const link = checkpointSigner.read(token)
      witnesses.push({ seq, mac: link?.seq === seq ? link.mac : undefined })
      beside.add(seq)
      from = seq
    }
    more = page.length === pageSize
  }
  return { witnesses, beside }
}
