import type { Seconds } from '@countersign/token'

/** The refused sign-ins of one place: how many within an hour, and when that ends. */
export interface Refusals {
  readonly count: number
  readonly until: Seconds
}

const span = 3_600 // seconds
const oneByOne = 20 // of an hour; more come from a script, or from a house full of people

/** Of so many refusals of an hour, how many the audit log has told of: the first one by one, then all whenever they have doubled. */
function toldOf(count: number): number {
  if (count <= oneByOne) return count
  let told = oneByOne
  while (told * 2 <= count) told *= 2
  return told
}

/**
 * Counts one more refusal of a place. `standsFor` says how many the audit log tells of with one entry: those since the entry before, also
 * those of an earlier hour that nobody has told of yet; or none, for a stranger shall not fill the audit log. What is decided goes by the
 * place alone: it must not show whether there is such a user. Pure.
 */
export function foldRefusal(
  before: Refusals,
  now: Seconds,
): { readonly after: Refusals; readonly standsFor: number } {
  if (now >= before.until) {
    const left = before.count - toldOf(before.count)
    return { after: { count: 1, until: now + span }, standsFor: left + 1 }
  }
  const count = before.count + 1
  const standsFor = toldOf(count) - toldOf(before.count)
  return { after: { count, until: before.until }, standsFor }
}
