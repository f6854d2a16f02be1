import { createHmac } from 'node:crypto'
import type { Seconds } from '@countersign/token/internal'
import type { Secret } from '../kernel/secret.ts'

/** An entry of the audit log, as it is stored. */
export interface Entry {
  /** Its chain: 0, or that of its user. */
  readonly strand: number
  /** 1 for the first of its strand, and one more for each that follows. */
  readonly seq: number
  readonly at: Seconds
  readonly type: string
  readonly userId: string | null
  readonly sessionId: string | null
  /** JSON, exactly as it was written: the chain covers this text. */
  readonly facts: string
  /** JSON; null if there was none, or if it has been erased. Not covered by the chain. */
  readonly personal: string | null
  /** Keeps the commitment unguessable; erased together with the personal data. Not covered by the chain. */
  readonly salt: string | null
  /** Proves the personal data while it is there; null if there was none. */
  readonly commitment: string | null
  /** Keyed hash of this entry and of the one before. */
  readonly mac: string
}

/** The part of an entry that the next one continues. */
export type Link = Pick<Entry, 'strand' | 'seq' | 'mac'>

/** An entry before it is chained. */
export type Draft = Omit<Entry, 'strand' | 'seq' | 'mac' | 'commitment'>

/** Returns the link that the first entry of a strand continues. */
export function beginningOf(strand: number): Link {
  return { strand, seq: 0, mac: '' }
}

/** The fault of an entry that does not continue the one before. */
export type Fault = 'missing' | 'out_of_order' | 'changed' | 'personal_data_changed'

/** Chains drafts after `last`, in its strand: gives each its number, its commitment and its MAC. */
export function chain(key: Secret, last: Link, drafts: readonly Draft[]): readonly Entry[] {
  let previous = last
  return drafts.map((draft) => {
    const { personal, salt } = draft
    const commitment = personal === null || salt === null ? null : commit(personal, salt)
    const unsigned = { ...draft, strand: last.strand, seq: previous.seq + 1, commitment }
    const entry = { ...unsigned, mac: macOf(key, previous, unsigned) }
    previous = entry
    return entry
  })
}

/**
 * Judges whether an entry continues the one before in its strand. Personal data that was erased together with its salt is no fault; changing it, or erasing
 * only half of it, is.
 */
export function judgeEntry(key: Secret, previous: Link, entry: Entry): Fault | 'fits' {
  if (entry.seq <= previous.seq) return 'out_of_order'
  if (entry.seq !== previous.seq + 1) return 'missing'
  if (entry.mac !== macOf(key, previous, entry)) return 'changed'
  const { personal, salt, commitment } = entry
  if (personal === null && salt === null) return 'fits'
  const proven = personal !== null && salt !== null && commitment === commit(personal, salt)
  return proven ? 'fits' : 'personal_data_changed'
}

// Part of every stored MAC: must not follow a renaming. Strand 0 is the chain of before there were strands, and has none in its MACs.
const [mark, strandMark] = ['countersign ledger 1', 'countersign strand 1']

/** Returns the keyed hash of an entry. JSON of a list of fixed length has one reading, so no two entries have the same bytes. */
function macOf(key: Secret, previous: Link, entry: Omit<Entry, 'mac' | 'personal' | 'salt'>) {
  const { strand, seq, at, type, userId, sessionId, facts, commitment } = entry
  const bytes = JSON.stringify([
    ...(strand === 0 ? [mark] : [strandMark, strand]), // the strand, or an entry would verify in another one
    previous.mac,
    seq,
    at,
    type,
    userId,
    sessionId,
    facts,
    commitment,
  ])
  const mac = createHmac('sha256', Buffer.from(key.reveal(), 'base64url'))
  return mac.update(bytes).digest('base64url')
}

function commit(personal: string, salt: string): string {
  return createHmac('sha256', salt).update(personal).digest('base64url')
}
