import { isAscii } from 'node:buffer'

/** A JSON object as it was parsed. Members are data: `__proto__` and `constructor` mean nothing here. */
export type JsonObject = { readonly [name: string]: unknown }

const maxDepth = 16 // levels; a `status` claim needs three, nobody needs more than a handful
const maxMembers = 512 // in the whole object; bounds what a hostile token can make the hash table do

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses one JSON object strictly, or returns `undefined`: it must be UTF-8 without a byte order mark, an object and
 * nothing after it, with no member named twice on any level (RFC 7515, section 4; RFC 7519, section 4), of bounded
 * depth and size (at most `most` members in all).
 *
 * `JSON.parse` keeps the last of two members with one name and says nothing. So the names are counted twice: as written
 * in the text, and as they arrived. Fewer arrived: one was dropped.
 */
export function parseJsonObject(bytes: Buffer, most = maxMembers): JsonObject | undefined {
  const written = countNames(bytes, most)
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

/** How many members a parsed value holds, on all levels. */
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
 * How many members are written: outside of texts, a colon stands after each name and nowhere else. Looked at before anything
 * is parsed, so that what is too deep or has too many costs no more than this look; what is no JSON the parser refuses.
 */
function countNames(bytes: Buffer, most: number): number | 'too many' {
  const { length } = bytes
  let count = 0
  let depth = 0
  for (let at = 0; at < length; at++) {
    const step = steps[bytes[at] as number] as number // every byte has an entry
    if (step === 0) continue
    if (step === quote) at = endOfText(bytes, at + 1)
    else if (step === colon) count++
    else depth += step
    if (depth > maxDepth || count > most) return 'too many'
  }
  return count
}

const quote = 2
const colon = 3

/** What a byte outside of texts does: 1 opens a level, -1 closes one, most do nothing. */
const steps = new Int8Array(256)
for (const byte of Buffer.from('{[')) steps[byte] = 1
for (const byte of Buffer.from('}]')) steps[byte] = -1
for (const byte of Buffer.from('"')) steps[byte] = quote
for (const byte of Buffer.from(':')) steps[byte] = colon

/** Where the text ends that begins at `from`: at a quotation mark that no backslash takes for itself. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
  return at
}
