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
 * `JSON.parse` silently keeps the last of two members with one name. So members are counted twice: in the text, and in the
 * parsed value. If the value has fewer, a duplicate was dropped.
 */
export function parseJsonObject(
  bytes: Buffer,
  maxMembers = defaultMaxMembers,
): JsonObject | undefined {
  if (bytes.length > maxBytes) return undefined
  const written = countNames(bytes, maxMembers)
  if (written === 'too many') return undefined
  let value: unknown
  try {
    value = JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return countMembers(value) === written ? (value as JsonObject) : undefined
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
 * parser, so that a value which is too deep or too large costs no more than this pass; invalid JSON is left to the parser.
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
