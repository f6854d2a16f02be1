import { createHash } from 'node:crypto'
import type { Entry } from './chain.ts'

// Strands: the chains of the audit log. One chain puts all sign-ins of an installation in a queue, from the lock of its last entry to the commit.

/** The maximum number of strands beside strand 0. Never change it: events of a user would be in two strands, without an order. */
export const maxStrands = 16

/**
 * Returns the strand for the events of a user, of so many beside strand 0: always the same, so that their order is that of their numbers.
 * Strand 0 has the events of no user, and all if there are no others.
 */
export function strandOf(userId: string | null, strands: number): number {
  if (userId === null || strands === 0) return 0
  return 1 + (createHash('sha256').update(userId).digest().readUInt32BE() % strands)
}

/** Returns how many entries there are, by the newest of each strand. */
export function countEntries(heads: readonly Pick<Entry, 'seq'>[]): number {
  return heads.reduce((sum, { seq }) => sum + seq, 0)
}

/** Returns the name of an entry for people: its number, after that of its strand if it is not strand 0. */
export function entryName({ strand, seq }: Pick<Entry, 'strand' | 'seq'>): string {
  return strand === 0 ? String(seq) : `${strand}:${seq}`
}

/**
 * A place in the list of all entries: for each strand, the number of the entry before which to read on. A strand that it lacks, or has as 0, had
 * no entry when the list was begun. A single number would not do: an entry with a lower number than those of other strands may be committed later.
 */
export type Positions = readonly number[]

/** Returns the positions behind the newest entries, of which there is at most one for each strand. */
export function positionsBehind(heads: readonly Pick<Entry, 'strand' | 'seq'>[]): Positions {
  const last = Math.max(0, ...heads.map(({ strand }) => strand))
  const seqOf = (strand: number) => heads.find((one) => one.strand === strand)?.seq
  return Array.from({ length: last + 1 }, (_, strand) => (seqOf(strand) ?? -1) + 1)
}

/** Returns the positions before entries that were read from `positions` on. */
export function positionsBefore(
  positions: Positions,
  entries: readonly Pick<Entry, 'strand' | 'seq'>[],
): Positions {
  const lowest = new Map<number, number>()
  for (const { strand, seq } of entries)
    lowest.set(strand, Math.min(seq, lowest.get(strand) ?? seq))
  return positions.map((position, strand) => lowest.get(strand) ?? position)
}
