import type { Clock } from '@countersign/token'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { AuditLogTables } from './audit-log.ts'
import { beginningOf, judgeEntry, type Entry, type Fault, type Link } from './chain.ts'
import { createCheckpointSigner, readLinks } from './checkpoint.ts'
import { isOfType } from './event-names.ts'
import { readFacts } from './read-facts.ts'
import { entryName } from './strand.ts'

/** A fault of an audit log, and the entry where it shows first. */
export interface AuditLogFault {
  readonly strand: number
  readonly seq: number
  /**
   * Besides the faults of one entry: `truncated`, entries that a checkpoint covers were removed from the end of a strand; `replaced`, an entry
   * differs from the one that a checkpoint covers; `checkpoint_missing`, the checkpoint of an entry is not there; `checkpoint_unreadable`, a
   * checkpoint was not signed by this server.
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

/** The dependencies of verifying the audit log. */
export interface VerifyDeps {
  readonly store: AuditLogTables
  readonly root: RootSecret
  readonly clock: Clock
}

type Reads = Omit<VerifyDeps, 'clock'>

const pageSize = 1000 // entries, about 500 kB

/**
 * Verifies the whole audit log, page by page: the chain of each strand, the checkpoints beside it, and checkpoints that were `kept` elsewhere.
 * Returns the first fault; calls `progress` with the number of entries verified so far.
 */
export async function verifyAuditLog(
  { store, root }: Reads,
  kept: readonly string[],
  progress: (entries: number) => void,
): Promise<AuditLogReport> {
  const starts = await startsOf(store)
  const startOf = (strand: number) => starts.get(strand) ?? beginningOf(strand)
  const read = await readCheckpoints({ store, root }, startOf(0).seq, kept)
  const judge = judgeWith(root, read)
  const newest = new Map<number, Link>()
  let [entries, erased] = [0, 0]
  const report = (fault?: AuditLogFault): AuditLogReport => ({
    entries,
    unverifiable: [...starts.values()].reduce((sum, { seq }) => sum + seq, 0),
    erased,
    checkpoints: read.count,
    fault,
  })
  if (read.unreadable !== undefined)
    return report({ strand: 0, seq: read.unreadable, fault: 'checkpoint_unreadable' })
  let after: Pick<Link, 'strand' | 'seq'> = startOf(0)
  for (let more = true; more;) {
    const page = await store.auditLog.page(after, pageSize)
    for (const entry of page) {
      const { strand, seq, commitment, personal } = entry
      after = entry
      if (seq <= startOf(strand).seq) continue // unverifiable
      const fault = judge(newest.get(strand) ?? startOf(strand), entry)
      if (fault) return report(fault)
      if (commitment !== null && personal === null) erased++
      newest.set(strand, entry)
      entries++
    }
    progress(entries)
    more = page.length === pageSize
  }
  return report(read.truncationAfter((strand) => newest.get(strand) ?? startOf(strand)))
}

/**
 * Returns where verification begins in strands that have entries under a lost root secret. Only the new root secret could have written that it was
 * replaced, and which entries were the newest then.
 */
async function startsOf(store: AuditLogTables): Promise<ReadonlyMap<number, Link>> {
  const replaced = await store.auditLog.lastOf('root_replaced')
  const first = replaced && (await store.auditLog.find(replaced.seq - 1))
  const others = readLinks(readFacts(replaced?.facts ?? null)['strands']) ?? []
  return new Map([...(first ? [first] : []), ...others].map((link) => [link.strand, link]))
}

/** Makes the function that judges an entry by the one before and by the checkpoints. */
function judgeWith(root: RootSecret, { witnessed, beside }: ReadCheckpoints) {
  const key = root.key('ledger entries')
  return (previous: Link, entry: Entry): AuditLogFault | undefined => {
    const { strand, seq, mac, type } = entry
    const verdict = judgeEntry(key, previous, entry)
    if (verdict !== 'fits') return { strand, seq: previous.seq + 1, fault: verdict }
    if (witnessed.get(entryName(entry))?.some((one) => one.mac !== mac))
      return { strand, seq, fault: 'replaced' }
    const isCheckpoint = strand === 0 && isOfType(type, 'checkpoint_signed')
    return isCheckpoint && !beside.has(seq)
      ? { strand, seq, fault: 'checkpoint_missing' }
      : undefined
  }
}

/** The statements of the checkpoints. */
interface ReadCheckpoints {
  readonly count: number
  /** The number of the entry whose checkpoint was not signed by this server; 0 if it was kept elsewhere. */
  readonly unreadable: number | undefined
  /** The entries that checkpoints state, by name. */
  readonly witnessed: ReadonlyMap<string, readonly Link[]>
  /** The numbers of the entries with a checkpoint in the database. */
  readonly beside: ReadonlySet<number>
  /** Returns the first fault of a strand that is shorter than a checkpoint states. */
  truncationAfter(newestOf: (strand: number) => Link): AuditLogFault | undefined
}

/** Reads all checkpoints before any entry, so that every entry they mention must exist by then. */
async function readCheckpoints(
  { store, root }: Reads,
  after: number,
  kept: readonly string[],
): Promise<ReadCheckpoints> {
  const checkpointSigner = createCheckpointSigner(root)
  const all = kept.map((token) => ({ seq: 0, links: checkpointSigner.read(token) }))
  const beside = new Set<number>()
  for (let from = after, more = true; more;) {
    const page = await store.auditLog.checkpoints(from, pageSize)
    for (const { seq, token } of page) {
      const links = checkpointSigner.read(token)
      all.push({ seq, links: links?.[0]?.seq === seq ? links : undefined })
      beside.add(seq)
      from = seq
    }
    more = page.length === pageSize
  }
  const links = all.flatMap((one) => one.links ?? [])
  return {
    count: all.length,
    unreadable: all.find((one) => one.links === undefined)?.seq,
    witnessed: Map.groupBy(links, entryName),
    beside,
    truncationAfter(newestOf) {
      const cut = links.find(({ strand, seq }) => seq > newestOf(strand).seq)
      return cut && { strand: cut.strand, seq: newestOf(cut.strand).seq + 1, fault: 'truncated' }
    },
  }
}
