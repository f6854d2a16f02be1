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
  let text: string
  let value: unknown
  try {
    text = isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const arrived = countMembers(value, 1)
  return arrived <= most && arrived === countNames(text) ? (value as JsonObject) : undefined
}

/** How many members a parsed value holds, on all levels; infinite when it is too deep. */
function countMembers(value: object, depth: number): number {
  if (depth > maxDepth) return Number.POSITIVE_INFINITY
  const isArray = Array.isArray(value)
  let count = 0
  for (const name in value) {
    if (!isArray) count++
    const child = (value as JsonObject)[name]
    if (typeof child === 'object' && child !== null) count += countMembers(child, depth + 1)
  }
  return count
}

/** How many member names stand in a text that is known to be JSON: a string followed by a colon is a name. */
function countNames(text: string): number {
  let count = 0
  let at = text.indexOf('"')
  while (at !== -1) {
    let end = text.indexOf('"', at + 1)
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
    let next = end + 1
    while (text.charCodeAt(next) <= 0x20) next++
    if (text.charCodeAt(next) === 0x3a) count++
    at = text.indexOf('"', next)
  }
  return count
}

/** Whether an odd number of backslashes stands before a quotation mark, which then does not end its string. */
function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}
