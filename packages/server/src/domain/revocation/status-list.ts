import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'

/** Where the status of a session's tokens stands: which list, and which bit of it. */
export interface StatusIndex {
  readonly list: number
  readonly index: number
}

/** A list: so many bits, for as many sessions. */
export interface StoredStatusList {
  readonly id: number
  readonly size: number
}

/** A bit that was set: its session ended at that time. `seq` counts through all lists, in the order of the commits. */
export interface StatusChange extends StatusIndex {
  readonly seq: number
  readonly at: Seconds
}

/** Bits of a list: 128 KiB in memory, some 20 kB on the wire when a hundredth of them is set. */
export const listSize = 2 ** 20

/**
 * Seconds for which a bit stays set: as long as a token may live whatever the settings say, and an hour for clocks that disagree.
 * Afterwards no token is left that it could be about.
 */
export const shownFor: Seconds = 86_400 + 3_600

/**
 * Seconds after which a change is forgotten and its index may be given to another session. Far longer than {@link shownFor}, so
 * that the bit was clear in every list that was published for weeks, and no guard takes the new session for the old one.
 */
export const changesKeptFor: Seconds = 30 * 86_400

/** How many indices are tried in a list before it counts as full; that is when some six in ten are taken. */
export const triesInOneList = 20

/** An index that tells nothing of when its session began, or how many there are (draft-ietf-oauth-status-list-21, section 12). */
export function randomIndex(random: Random, size: number): number {
  // 2^32 is far beyond any size, so no index is likelier than another by more than one in four thousand
  return random.bytes(4).readUInt32LE() % size
}

/** Where a list of an issuer is published, and so what it is called; without one, what all of them begin with. */
export function statusListUri(issuer: string, list: number | ''): string {
  return `${issuer}/status-lists/${list}`
}
