import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import { isMembers, type Members } from './file-record.ts'

// Members of records, as exports of databases write them: what is true in JSON is `t`, `true` or `1` in CSV, and a time is a number or a text.

/** Returns the first of these members that is a text or a number, and not empty; of a list, its first. */
export function textOf(members: unknown, ...names: readonly string[]): string | undefined {
  if (!isMembers(members)) return undefined
  for (const name of names) {
    const given: unknown = members[name]
    const value: unknown = Array.isArray(given) ? given[0] : given
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** Returns an object that is a member; an empty one if there is none. */
export function memberOf(members: Members, name: string): Members {
  const value = members[name]
  return isMembers(value) ? value : {}
}

// `\N` is NULL in exports of MySQL
const unset = new Set(['', 'f', 'false', '0', 'n', 'no', 'off', 'null', 'none', '\\n'])
const yes = new Set(['t', 'true', '1', 'y', 'yes', 'on'])

/** Returns whether one of these members is true, or a time. */
export function isSet(members: Members, ...names: readonly string[]): boolean {
  return names.some((name) => !unset.has(wordOf(members[name])))
}

/** Returns whether one of these members is there, and says no. Fails with `record_invalid` for one that says neither yes nor no, such as `closed`. */
export function isFalse(members: Members, ...names: readonly string[]): boolean {
  const given = names.filter((name) => members[name] !== undefined)
  for (const name of given)
    if (isSet(members, name) && !yes.has(wordOf(members[name])))
      throw fail('record_invalid', { detail: `${name} is neither true nor false` })
  return given.some((name) => !isSet(members, name))
}

function wordOf(value: unknown): string {
  return String(value ?? '')
    .trim()
    .toLowerCase()
}

/** Returns the texts of a list; those of a text are separated by commas or blanks. */
export function listOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : String(value ?? '').split(/[\s,]+/)
  return all.filter((one) => typeof one === 'string').filter((one) => one !== '')
}

const maxSeconds = 100_000_000_000 // the year 5138; a larger number is in milliseconds

/** Returns the first of these members that is a time: a number of seconds or milliseconds, or a text with a date. */
export function timeOf(members: Members, ...names: readonly string[]): Seconds | undefined {
  const text = textOf(members, ...names)
  if (text === undefined) return undefined
  // oxlint-disable-next-line no-restricted-globals -- reads a date, not the clock
  const number = /^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000
  const seconds = Math.floor(number > maxSeconds ? number / 1000 : number)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined
}
