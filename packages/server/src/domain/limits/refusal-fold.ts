import type { Seconds } from '@countersign/token/internal'

/** The refused sign-ins of one network within an hour: how many, and when the hour ends. */
export interface Refusals {
  readonly count: number
  readonly until: Seconds
}

const windowSeconds = 3_600
const maxSingleEntries = 20 // of an hour; more come from a script, or from a house full of people

/** Returns how many of the refusals of an hour the audit log has recorded: the first one by one, then all whenever they have doubled. */
function recordedOf(count: number): number {
  if (count <= maxSingleEntries) return count
  let recorded = maxSingleEntries
  while (recorded * 2 <= count) recorded *= 2
  return recorded
}

/**
 * Counts one more refusal from a network. `standsFor` is the number of refusals that one new entry stands for: those since the entry before,
 * including those of an earlier hour that no entry stands for yet; or 0 for no entry, because an attacker must not fill the audit log. Depends
 * on the client network only, so it leaks nothing about accounts. Pure.
 */
export function foldRefusal(
  before: Refusals,
  now: Seconds,
): { readonly after: Refusals; readonly standsFor: number } {
  const isOver = now >= before.until || now < before.until - windowSeconds // written before the clock was set back
  if (isOver) {
    const left = before.count - recordedOf(before.count)
    return { after: { count: 1, until: now + windowSeconds }, standsFor: left + 1 }
  }
  const count = before.count + 1
  const standsFor = recordedOf(count) - recordedOf(before.count)
  return { after: { count, until: before.until }, standsFor }
}
