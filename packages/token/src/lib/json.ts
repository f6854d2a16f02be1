import { isAscii } from 'node:buffer'

/** A parsed JSON object. Its members are data: `__proto__` and `constructor` have no special meaning. */
export type JsonObject = { readonly [name: string]: unknown }

const maxBytes = 512 * 1024 // the limit of a key set; tokens and bodies have far lower ones
const maxDepth = 16 // levels; a `status` claim needs three, and no known token more than a handful
const defaultMaxMembers = 512 // in the whole object; bounds the hash table work that a hostile token can cause

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses one JSON object strictly, or returns `undefined`. The bytes must be UTF-8 without a byte order mark, one object with
 * nothing after it, without duplicate member names on any level (RFC 7515, section 4; RFC 7519, section 4), and of bounded
 * depth and size (at most half a megabyte, and `maxMembers` members in all).
 *
 * `JSON.parse` silently keeps the last of two members with one name. So the text is compared with the value: if it is as short as a text for
 * that value can be, it has no room for a member that was dropped. Otherwise, because of blanks or escapes, the members are counted twice:
 * in the text, and in the value.
 */
export function parseJsonObject(
  bytes: Buffer,
  maxMembers = defaultMaxMembers,
): JsonObject | undefined {
  if (bytes.length > maxBytes) return undefined
  const isShort = bytes.length <= maxMembers * minMemberBytes // cannot have too many members
  const counted = isShort ? undefined : countNames(bytes, maxMembers)
  if (counted === 'too many') return undefined
  const isText = isAscii(bytes)
  let value: unknown
  try {
    value = JSON.parse(isText ? bytes.toString('latin1') : utf8.decode(bytes))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (isShort && isText && minLengthOf(value) === bytes.length) return value as JsonObject
  const written = counted ?? countNames(bytes, maxMembers)
  if (written === 'too many') return undefined
  return countMembers(value) === written ? (value as JsonObject) : undefined
}

const minMemberBytes = 4 // the shortest is `"":0`

/**
 * Returns the number of characters in the shortest ASCII text that JSON.parse reads as this object or array; NaN if it is too deep, or has a
 * number that might be written shorter than in digits. A character of a string takes at least one character, and a name that is written
 * twice takes its characters twice.
 */
function minLengthOf(value: object, depth = 1): number {
  if (depth > maxDepth) return Number.NaN
  const isArray = Array.isArray(value)
  let length = 1 // a bracket; the other one, or a comma, is counted with each child
  for (const name in value) {
    const child = (value as JsonObject)[name]
    if (!isArray) length += name.length + 3 // quotation marks and a colon
    if (typeof child === 'string') length += child.length + 3
    else if (typeof child === 'number') length += digitsOf(child) + 1
    else if (typeof child === 'object' && child !== null)
      length += minLengthOf(child, depth + 1) + 1
    else length += child === false ? 6 : 5 // true, null
  }
  return length === 1 ? 2 : length
}

/** Returns the number of digits; NaN for what no digits write, or where an exponent would be shorter: three zeros at the end are `e3`. */
function digitsOf(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || (value % 1000 === 0 && value > 0))
    return Number.NaN
  let digits = 1
  for (let power = 10; value >= power; power *= 10) digits++
  return digits
}

/** Counts the members of a parsed value, on all levels. */
function countMembers(value: object): number {
  const isArray = Array.isArray(value)
  let count = 0
  for (const name in value) {
    if (!isArray) count++
    const child = (value as JsonObject)[name]
    if (typeof child === 'object' && child !== null) count += countMembers(child)
  }
  return count
}

/**
 * Counts the members that are written: outside of strings, a colon follows each name and occurs nowhere else. Runs before the
 * parser for all but short texts, so that a value which is too deep or too large costs no more than this pass; invalid JSON is left to the parser.
 */
function countNames(bytes: Buffer, maxMembers: number): number | 'too many' {
  const { length } = bytes
  let count = 0
  let depth = 0
  for (let at = 0; at < length; at++) {
    const step = steps[bytes[at] as number] as number // every byte has an entry
    if (step === 0) continue
    if (step === quote) at = endOfString(bytes, at + 1)
    else if (step === colon) count++
    else depth += step
    if (depth > maxDepth || count > maxMembers) return 'too many'
  }
  return count
}

const quote = 2
const colon = 3

/** The meaning of a byte outside of strings: 1 opens a level, -1 closes one, most mean nothing. */
const steps = new Int8Array(256)
for (const byte of Buffer.from('{[')) steps[byte] = 1
for (const byte of Buffer.from('}]')) steps[byte] = -1
for (const byte of Buffer.from('"')) steps[byte] = quote
for (const byte of Buffer.from(':')) steps[byte] = colon

/** Returns where the string ends that begins at `from`: at a quotation mark that no backslash escapes. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
  return at
}
