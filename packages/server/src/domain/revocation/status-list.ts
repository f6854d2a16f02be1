import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'

/** The place of a session's status: a list, and a bit of it. */
export interface StatusIndex {
  readonly list: number
  readonly index: number
}

/** A status list: its number, and how many bits it has. */
export interface StoredStatusList {
  readonly id: number
  readonly size: number
}

/** A bit that was set: its session ended at that time. `seq` counts through all lists, in the order of the commits. */
export interface StatusChange extends StatusIndex {
  readonly seq: number
  readonly at: Seconds
}

/** Bits of a list: 128 KiB in memory, some 20 kB compressed when a hundredth of them is set. */
export const listSize = 2 ** 20

/**
 * Seconds for which a bit stays set: the maximum lifetime of a token, whatever the settings say, and an hour for clocks that differ.
 * Afterwards no token exists that it could revoke.
 */
export const shownFor: Seconds = 86_400 + 3_600

/**
 * Seconds after which a change is deleted and its index may be assigned to another session. Far longer than {@link shownFor}: the bit was
 * clear in every list that was published for weeks, so that no guard confuses the new session with the old one.
 */
export const changesKeptFor: Seconds = 30 * 86_400

/** The number of indices that are tried in a list before it counts as full; that is when some six in ten are taken. */
export const triesInOneList = 20

/** Returns a random index, which reveals neither when its session began nor how many there are (draft-ietf-oauth-status-list-21, section 12). */
export function randomIndex(random: Random, size: number): number {
  // 2^32 is far beyond any size, so no index is more likely than another by more than one in four thousand
  return random.bytes(4).readUInt32LE() % size
}

/** Returns the URI of an issuer's status list; with an empty `list`, the prefix of all of them. */
export function statusListUri(issuer: string, list: number | ''): string {
  return `${issuer}/status-lists/${list}`
}
