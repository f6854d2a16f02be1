import type { Runtime } from '../../runtime.ts'
import { beginning, judgeEntry, type Fault, type Link } from './chain.ts'
import { createCheckpointSigner } from './checkpoint.ts'

/** What is wrong with an audit log, and at which entry it shows first. */
export interface AuditLogFault {
  readonly seq: number
  /**
   * Beyond what one entry can show: `truncated`, entries that a checkpoint has seen are gone from the end; `replaced`, another entry
   * stands where a checkpoint was made; `checkpoint_missing`, an entry tells of one that is not there; `checkpoint_unreadable`, one
   * that this server has not signed.
   */
  readonly fault: Fault | 'truncated' | 'replaced' | 'checkpoint_missing' | 'checkpoint_unreadable'
}

/** What was looked at. */
export interface AuditLogReport {
  readonly entries: number
  /** Entries whose personal data has been erased. */
  readonly erased: number
  readonly checkpoints: number
  /** Entries from before the root secret was lost and replaced. */
  readonly unverifiable: number
  readonly fault: AuditLogFault | undefined
}

const pageSize = 1000 // entries, about 500 kB

/**
 * Checks the whole audit log, page by page, against itself, against the checkpoints beside it, and against those that were `kept` elsewhere.
 * Answers the first fault; `progress` hears how many entries were good so far.
 */
export async function verifyAuditLog(
  { store, root }: Pick<Runtime, 'store' | 'root'>,
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
      if (type === 'ledger_sealed' && !beside.has(seq)) return report(seq, 'checkpoint_missing')
      if (commitment !== null && personal === null) erased++
      previous = entry
    }
    progress(previous.seq)
    more = page.length === pageSize
  }
  const last = previous.seq
  return witnesses.some(({ seq }) => seq > last) ? report(last + 1, 'truncated') : report(last)
}

/** Where checking begins: behind what was written under a root secret that is lost. That it was, only the new one could have written. */
async function startOf(store: Runtime['store']): Promise<Link> {
  const replaced = await store.auditLog.lastOf('root_replaced')
  return (replaced && (await store.auditLog.find(replaced.seq - 1))) ?? beginning
}

/** What a checkpoint says of an entry; no `mac` when this server has not signed it. */
interface Witness {
  readonly seq: number
  readonly mac: string | undefined
}

/** All checkpoints, read before any entry: whatever they speak of must be there by then. */
async function readCheckpoints(
  { store, root }: Pick<Runtime, 'store' | 'root'>,
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
